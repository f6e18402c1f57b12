import Application
import Domain
import PostgresDriver

public struct PostgresBalanceReader: BalanceReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func balance(of user: UserID) async throws -> TalkTime {
    let found = try await database.query(
      "SELECT available_ms + held_ms AS balance_ms FROM wallets WHERE user_id = \(user.uuid)")
    guard let row = found.rows.first else { return .zero }
    return .milliseconds(try row.get("balance_ms"))
  }
}
