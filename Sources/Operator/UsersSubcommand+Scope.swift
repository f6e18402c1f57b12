import ArgumentParser
import Domain
import PostgresAdapter

extension UsersSubcommand {
  struct Scope: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a user an operator, or takes that away.",
      discussion: "It counts from the next sign-in on; what is taken away ends within seconds.")
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument
    @Option(help: "Such as operator.") var grant: Domain.Scope?
    @Option(help: "Such as operator.") var revoke: Domain.Scope?

    func validate() throws {
      if (grant == nil) == (revoke == nil) { throw ValidationError("Give either --grant or --revoke.") }
    }

    func run() async throws {
      let pool = try database.pool()
      let user = try await user.find(in: pool)
      let scopes = PostgresUserScopeAdministration(database: pool)
      var isChanged = false
      if let grant { isChanged = try await scopes.change(.grant, grant, of: user, actor: ShellUser.actor) }
      if let revoke { isChanged = try await scopes.change(.revoke, revoke, of: user, actor: ShellUser.actor) }
      pool.close()
      print(isChanged ? "done" : "it was so already")
    }
  }
}

extension Domain.Scope: ExpressibleByArgument {}
