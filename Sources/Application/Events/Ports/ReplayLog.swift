/// Written down before a letter is replayed.
public protocol ReplayLog: Sendable {
  func note(replayOf id: DeadLetterID, actor: String) async throws
}
