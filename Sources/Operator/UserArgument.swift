import ArgumentParser
import Domain
import PostgresAdapter
import PostgresDriver

/// The user that a command is about.
struct UserArgument: ParsableArguments {
  @Argument(help: "The user's e-mail address, or id.") var email: String

  /// - Throws: a refusal if no user, or more than one, has this name.
  func find(in pool: PostgresPool) async throws -> UserID { try await Self.find(email, in: pool) }

  static func find(_ email: String, in pool: PostgresPool) async throws -> UserID {
    let found = try await UserDirectory(database: pool).users(named: email)
    guard let user = found.first else { throw OperatorRefusal("there is no user \(email)") }
    guard found.count == 1 else {
      throw OperatorRefusal(
        "several users have this address; name one by id: \(found.map(\.description).joined(separator: " "))")
    }
    return user
  }
}
