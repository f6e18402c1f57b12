import ArgumentParser
import PostgresAdapter

struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Proves and shows the ledger.", subcommands: [Verify.self, Show.self])

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Proves that every wallet is the sum of its entries, and the rest of what must always hold.")
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let pool = try database.pool()
      let report = try await LedgerAudit(database: pool).verify()
      pool.close()
      print("\(report.wallets) wallets, \(report.entries) entries")
      for problem in report.problems { print("✗ \(problem)") }
      guard report.problems.isEmpty else { throw ExitCode(1) }
      print("clean")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints a user's entries, the oldest first.")
    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The user's e-mail address.") var email: String

    func run() async throws {
      let pool = try database.pool()
      let lines = try await LedgerAudit(database: pool).entries(email: email)
      pool.close()
      for line in lines { print(line) }
      if lines.isEmpty { print("no entries") }
    }
  }
}
