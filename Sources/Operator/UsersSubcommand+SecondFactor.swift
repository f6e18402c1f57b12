import ArgumentParser
import Domain
import PostgresAdapter

extension UsersSubcommand {
  struct RemoveSecondFactor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove-second-factor", abstract: "Removes a user's authenticator app and recovery codes.",
      discussion: """
        For a user who has lost both, or whose account a thief has locked. Make sure who asks: the password alone opens
        the account afterwards. All devices are signed out, and the owner is told by mail. An operator who has lost the
        passkeys, too, can only enrol again after --passkeys.
        """)
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument
    @Flag(help: "Removes the passkeys, too.") var passkeys = false
    @Option(help: "Why; it is kept.") var reason: String

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let user = try await user.find(in: pool)
      let isChanged = try await PostgresSecondFactorRemoval(database: pool)
        .remove(of: user, withPasskeys: passkeys, reason: reason, actor: ShellUser.actor)
      print(isChanged ? "done" : "there was none")
    }
  }
}
