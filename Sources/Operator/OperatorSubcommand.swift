import ArgumentParser
import Domain
import PostgresAdapter

extension OperatorRole: ExpressibleByArgument {}

/// Who may read and change other users' data.
struct OperatorSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator", abstract: "Who may act on other users' wallets, talks and tasks.",
    discussion: """
      An operator's rights are in a token only if its sign-in had a second factor: an authenticator app or a passkey.
      Without one an operator signs in as any user, and can enrol.
      """,
    subcommands: [Add.self, Remove.self, List.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a user an operator.",
      discussion: """
        The address must be proven. It counts from the next token with a second factor on. For an operator it changes
        the role, and ends the tokens with the old one.
        """)
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument
    @Option(help: "support, finance or admin. Without it a new operator is an admin, and another one stays as is.")
    var role: OperatorRole?

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let user = try await user.find(in: pool)
      let scopes = PostgresUserScopeAdministration(database: pool)
      switch try await scopes.grant(.operator, role: role, to: user, by: ShellUser.actor) {
      case .done: print("done")
      case .unchanged: print("it was so already")
      case .addressUnproven: throw OperatorRefusal("the user has not proven the e-mail address")
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes an operator's rights away.", discussion: "The operator's tokens end within seconds.")
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let user = try await user.find(in: pool)
      let scopes = PostgresUserScopeAdministration(database: pool)
      let isChanged = try await scopes.revoke(.operator, from: user, by: ShellUser.actor)
      print(isChanged ? "done" : "it was so already")
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints all operators.")
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      var table = TextTable([("e-mail", .left), ("id", .left), ("role", .left), ("authenticator app", .left)])
      for holder in try await PostgresUserScopeAdministration(database: pool).holders(of: .operator) {
        let role = holder.role?.rawValue ?? "none"
        table.add([holder.email, holder.user.description, role, holder.hasAuthenticatorApp ? "yes" : "no"])
      }
      for line in table.lines { print(line) }
    }
  }
}
