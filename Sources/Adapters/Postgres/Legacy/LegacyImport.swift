import PostgresDriver

/// Fills this system's tables from the Flask deployment's, in one transaction. Rows that cannot be taken over unchanged
/// are recorded.
struct LegacyImport: Sendable {
  let transaction: PostgresTransaction
  let units: LegacyColumnUnits

  func run() async throws -> LegacyReport {
    guard let users = try await LegacyTable.find("users", in: "guide", transaction) else {
      throw LegacyError.unreadable("guide.users is gone")
    }
    let userCount = try await takeUsers(users)
    try await takeBalances(users)
    let transactions = try await take("transactions", takeTransactions)
    let tasks = try await take("tasks", takeTasks)
    return LegacyReport(
      users: userCount, transactions: transactions, tasks: tasks,
      problems: try await LegacyProblems.list(in: transaction)
    )
  }

  private func take(_ name: String, _ body: (LegacyTable) async throws -> Int) async throws -> Int {
    guard let table = try await LegacyTable.find(name, in: "guide", transaction) else { return 0 }
    return try await body(table)
  }

  @discardableResult
  func run(_ script: String) async throws -> Int {
    try await transaction.query(PostgresQuery(script: script)).affectedRows
  }
}
