import ArgumentParser

/// The operator's command. It reads the same environment as the services.
@main
struct Talktime: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "talktime", abstract: "Runs a Talktime installation.",
    subcommands: [
      Migrate.self, LedgerCommand.self, WalletCommand.self, PacksCommand.self, BillingCommand.self, UsersCommand.self,
      SessionsCommand.self, StreamsCommand.self, Doctor.self,
    ])
}
