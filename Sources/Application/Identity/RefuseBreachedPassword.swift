import Domain

/// Refuses a new password that is known from a breach, where a directory of such passwords is set.
public struct RefuseBreachedPassword: Sendable {
  private let directory: (any BreachedPasswordDirectory)?

  /// - Parameter directory: nil where no password is looked up.
  public init(directory: (any BreachedPasswordDirectory)?) { self.directory = directory }

  /// - Throws: `breached`
  public func callAsFunction(_ password: Password) async throws(PasswordProblem) {
    if let directory, await directory.contains(password) { throw .breached }
  }
}
