import Application
import PostgresDriver

/// The log of replayed dead letters, with the operator of each.
public struct PostgresDeadLetterReplayLog: DeadLetterReplayLog {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func note(replayOf id: DeadLetterID, actor: String) async throws {
    try await database.transaction { transaction in
      try await OperatorAction(actor: actor, action: "stream.replay", subject: id.description, reason: nil)
        .note(in: transaction)
    }
  }
}
