import PostgresDriver

/// Fills our tables from the guide's, inside one transaction. Whatever cannot be taken over as it was is noted.
struct GuideImport: Sendable {
  let transaction: PostgresTransaction
  let units: GuideUnits

  func run() async throws -> GuideReport {
    guard let users = try await GuideTable.find("users", in: "guide", transaction) else {
      throw GuideError.unreadable("guide.users is gone")
    }
    let userCount = try await takeUsers(users)
    try await takeBalances(users)
    let transactions = try await take("transactions", takeTransactions)
    let tasks = try await take("tasks", takeTasks)
    return GuideReport(
      users: userCount, transactions: transactions, tasks: tasks,
      problems: try await GuideProblems.list(in: transaction)
    )
  }

  private func take(_ name: String, _ body: (GuideTable) async throws -> Int) async throws -> Int {
    guard let table = try await GuideTable.find(name, in: "guide", transaction) else { return 0 }
    return try await body(table)
  }

  @discardableResult
  func run(_ script: String) async throws -> Int {
    try await transaction.query(PostgresQuery(script: script)).affectedRows
  }
}
