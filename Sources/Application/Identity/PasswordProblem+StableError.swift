import Domain

extension PasswordProblem: StableError {
  public var code: String {
    switch self {
    case .tooShort: "password_too_short"
    case .tooLong: "password_too_long"
    case .common: "password_common"
    case .isAddress: "password_is_address"
    case .breached: "password_breached"
    }
  }
}
