import Application
import Domain
import PostgresDriver

/// Operators' actions on talks, in the audit log.
public struct PostgresOperatorTalkActionLog: OperatorTalkActionLog {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func note(_ action: OperatorTalkAction) async throws(TalkLedgerError) {
    try await TalkLedgerError.reporting {
      try await database.transaction { transaction in
        try await OperatorAction(
          actor: action.actor, action: "session.\(action.kind.rawValue)", subject: action.subject,
          reason: action.reason.text
        ).note(in: transaction)
      }
    }
  }
}
