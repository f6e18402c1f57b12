/// How a user proved their identity. The raw value is the one of the token's `amr`: of RFC 8176 where that has one.
public enum AuthenticationMethod: String, Sendable, CaseIterable {
  case password = "pwd"
  case google
  /// A code of an authenticator app.
  case oneTimeCode = "otp"
  /// One of the codes that an account keeps for the loss of its app.
  case recoveryCode = "recovery"
  /// A passkey proves possession and, by the device's lock, a second factor.
  case passkey
  /// A code that was mailed to the account's address.
  case mailedCode = "email"

  /// Whether the method answers for the second factor of an account that has one.
  public var isSecondFactor: Bool {
    switch self {
    case .oneTimeCode, .recoveryCode, .passkey: true
    case .password, .google, .mailedCode: false
    }
  }

  /// Whether the method is strong enough for an operator's rights. A recovery code is written down somewhere and only
  /// opens the account, in which another app can be enrolled.
  public var allowsOperators: Bool {
    switch self {
    case .oneTimeCode, .passkey: true
    case .password, .google, .recoveryCode, .mailedCode: false
    }
  }
}

extension Sequence<String> {
  /// Whether one of these values of `amr` is a second factor.
  public var haveSecondFactor: Bool { contains { AuthenticationMethod(rawValue: $0)?.isSecondFactor == true } }

  /// Whether one of these values of `amr` is strong enough for an operator's rights.
  public var allowOperators: Bool { contains { AuthenticationMethod(rawValue: $0)?.allowsOperators == true } }
}
