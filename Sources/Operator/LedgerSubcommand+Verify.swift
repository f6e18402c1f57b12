import ArgumentParser
import PostgresAdapter

extension LedgerSubcommand {
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Proves that every wallet is the sum of its entries, and the rest of what must always hold.")
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let pool = try database.pool()
      let report = try await LedgerAudit(database: pool).verify()
      pool.close()
      print("\(report.wallets) wallets, \(report.entries) entries")
      for finding in report.findings {
        print("✗ \(finding.rule): \(finding.count)")
        for offender in finding.offenders { print("    \(offender)") }
        let others = finding.count - finding.offenders.count
        if others > 0 { print("    and \(others) more") }
      }
      guard report.findings.isEmpty else { throw ExitCode(1) }
      print("clean")
    }
  }
}
