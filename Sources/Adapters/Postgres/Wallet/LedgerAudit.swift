import PostgresDriver

/// Checks the rules of the ledger over the whole database, in one pass and one snapshot. Writes meanwhile neither wait
/// nor are seen.
public struct LedgerAudit: Sendable {
  /// A rule that does not hold.
  public struct Finding: Sendable, Equatable {
    public let rule: String
    public let count: Int
    /// The first 20 offenders, each with its figures.
    public let offenders: [String]
  }

  public struct Report: Sendable {
    public let wallets: Int
    public let entries: Int
    /// Empty if every rule holds.
    public let findings: [Finding]

    /// One line for each offender.
    public var problems: [String] { findings.flatMap { finding in finding.offenders.map { "\(finding.rule): \($0)" } } }
  }

  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func verify() async throws -> Report {
    try await database.transaction(isolation: .repeatableRead) { transaction in
      // Sorts and hashes of a million entries fit into this memory. Compiling a statement would take longer than
      // running it.
      try await transaction.query(
        PostgresQuery(script: "SET LOCAL work_mem = '256MB'; SET LOCAL jit = off; SET LOCAL statement_timeout = 0"))
      let counts = try await transaction.query(
        "SELECT (SELECT count(*) FROM wallets) AS wallets, (SELECT count(*) FROM ledger) AS entries")
      var findings: [Finding] = []
      for rule in LedgerAuditRule.all {
        if let finding = try await check(rule, transaction) { findings.append(finding) }
      }
      return Report(
        wallets: try counts.rows.first?.get("wallets") ?? 0, entries: try counts.rows.first?.get("entries") ?? 0,
        findings: findings)
    }
  }

  private func check(_ rule: LedgerAuditRule, _ transaction: PostgresTransaction) async throws -> Finding? {
    let found = try await transaction.query(
      PostgresQuery(
        script: """
          SELECT offender, count(*) OVER () AS total FROM (\(rule.offenders)) found ORDER BY offender LIMIT 20
          """))
    guard let first = found.rows.first else { return nil }
    return Finding(
      rule: rule.name, count: try first.get("total"), offenders: try found.rows.map { try $0.get("offender") })
  }
}

/// A rule, with the statement that finds its violations: one row for each, with the column `offender`.
struct LedgerAuditRule: Sendable {
  let name: String
  let offenders: String

  static let all = wallets + entries + orders + holds + talks + conversations + refunds + returns + documents
}
