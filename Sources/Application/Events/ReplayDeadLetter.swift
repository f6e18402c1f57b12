/// Replays a dead letter. The operator is logged first.
public struct ReplayDeadLetter: Sendable {
  private let streams: any StreamAdministration
  private let log: any DeadLetterReplayLog

  public init(streams: any StreamAdministration, log: any DeadLetterReplayLog) {
    self.streams = streams
    self.log = log
  }

  public func callAsFunction(_ id: DeadLetterID, actor: String) async throws(StreamAdministrationError) {
    do { try await log.note(replayOf: id, actor: actor) } catch { throw .unavailable }
    guard try await streams.replay(id) else { throw .letterNotFound }
  }
}
