import Application
import Domain
import PostgresDriver

/// The log of replays, with the operator of each.
public struct PostgresDeadLetterReplayLog: DeadLetterReplayLog {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func note(replayOf id: DeadLetterID, actor: String) async throws {
    try await note(OperatorAction(actor: actor, action: "stream.replay", subject: id.description, reason: nil))
  }

  public func note(replayOfEvents what: String, reason: Reason?, actor: String) async throws {
    try await note(
      OperatorAction(actor: actor, action: "stream.replay_events", subject: what, reason: reason?.text))
  }

  private func note(_ action: OperatorAction) async throws {
    try await database.transaction { transaction in try await action.note(in: transaction) }
  }
}
