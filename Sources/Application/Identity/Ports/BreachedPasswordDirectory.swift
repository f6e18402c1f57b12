import Domain

/// Knows the passwords of breaches. It never learns the password that it is asked about.
public protocol BreachedPasswordDirectory: Sendable {
  /// - Returns: false also where the directory cannot say within a second: nobody's sign-up waits for another company.
  func contains(_ password: Password) async -> Bool
}
