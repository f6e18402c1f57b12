/// The record of a replay, written before the dead letter is replayed.
public protocol DeadLetterReplayLog: Sendable {
  func note(replayOf id: DeadLetterID, actor: String) async throws
}
