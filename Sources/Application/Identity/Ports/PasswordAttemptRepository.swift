import Domain

/// The answer to a request for one more attempt.
public enum PasswordAttemptDecision: Sendable, Equatable {
  /// - inARow: the attempts since the last right password, this one included.
  case allowed(inARow: Int)
  case wait(Duration)
  /// Too many wrong passwords in a row were tried.
  case locked
}

/// The attempts with wrong passwords, counted by address and known device. An address without an account is counted
/// like one with an account.
public protocol PasswordAttemptRepository: Sendable {
  /// Counts an attempt before its password is compared: of many at once, only as many as are allowed are compared.
  /// - Parameter device: a device that has signed in to the account before, which has a count of its own; nil for all
  ///   other devices together.
  func begin(
    _ address: EmailAddress, from device: DeviceID?, _ policy: PasswordAttemptPolicy
  ) async throws(IdentityError) -> PasswordAttemptDecision
  /// Takes an attempt back that was counted by `begin`, because its password was not compared.
  func takeBack(
    _ address: EmailAddress, from device: DeviceID?, _ policy: PasswordAttemptPolicy
  ) async throws(IdentityError)
  /// Forgets the attempts, because the password was right.
  func forget(_ address: EmailAddress, from device: DeviceID?) async throws(IdentityError)
}
