import Application
import ArgumentParser
import Domain
import PostgresAdapter

extension UsersSubcommand {
  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lets nobody sign in to an account, ends its devices and its talk.",
      discussion: "Nothing of the account is lost. Doing it twice does nothing the second time.")
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument
    @Option(help: "Why; it is kept.") var reason: String

    func run() async throws { try await UsersSubcommand.set(.disable, user, reason, database) }
  }

  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets an account that was disabled sign in again.")
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var user: UserArgument
    @Option(help: "Why; it is kept.") var reason: String

    func run() async throws { try await UsersSubcommand.set(.enable, user, reason, database) }
  }

  private static func set(
    _ wish: DisableUser.Wish, _ user: UserArgument, _ reason: String, _ database: DatabaseOptions
  ) async throws {
    let pool = try database.pool()
    defer { pool.close() }
    let found = try await user.find(in: pool)
    let set = DisableUser(users: PostgresUserAdministration(database: pool, copy: nil))
    do throws(UserAdministrationError) {
      let now = try await set(wish, found, reason: reason, actor: ShellUser.actor)
      print("\(found) is \(now.disabledAt == nil ? "enabled" : "disabled")")
    } catch {
      throw OperatorRefusal(sentence(error))
    }
  }

  private static func sentence(_ error: UserAdministrationError) -> String {
    switch error {
    case .unavailable: "the database did not answer; look again before you repeat it"
    case .userNotFound: "there is no such account; it may be deleted or merged"
    case .invalidReason: "a reason has 1 to \(Reason.longest) characters and no control characters"
    case .ownAccount: "this is your own account"
    }
  }
}
