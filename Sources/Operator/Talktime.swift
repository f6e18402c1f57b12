import ArgumentParser

/// The operator's command. It reads the same environment as the services.
@main
struct Talktime: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "talktime", abstract: "Runs a Talktime installation.",
    subcommands: [
      Migrate.self, LedgerSubcommand.self, WalletSubcommand.self, PacksSubcommand.self, BillingSubcommand.self,
      UsersSubcommand.self, AuthSubcommand.self, OperatorSubcommand.self, SessionsSubcommand.self,
      TasksSubcommand.self, StreamsSubcommand.self, Doctor.self,
    ])

  static func main() async {
    do {
      let arguments = CommandArguments.arranged(Array(CommandLine.arguments.dropFirst()))
      var command = try await asyncParseAsRoot(arguments)
      if var asyncCommand = command as? any AsyncParsableCommand {
        try await asyncCommand.run()
      } else {
        try command.run()
      }
    } catch {
      exit(withError: OperatorRefusal.explaining(error))
    }
  }
}
