import Domain

/// The record of a replay, written before anything is replayed.
public protocol DeadLetterReplayLog: Sendable {
  func note(replayOf id: DeadLetterID, actor: String) async throws
  /// - Parameter what: the id of an event, or the range of events.
  func note(replayOfEvents what: String, reason: Reason?, actor: String) async throws
}
