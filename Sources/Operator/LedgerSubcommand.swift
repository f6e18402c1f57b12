import ArgumentParser

struct LedgerSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Proves and shows the ledger.", subcommands: [Verify.self, Show.self])
}
