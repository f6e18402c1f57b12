public enum IdentityError: StableError, Equatable {
  case unavailable
  case emailTaken
  case invalidCredentials
  /// The refresh token is invalid, or no longer valid.
  case invalidToken
  /// The mailed link is invalid, or no longer valid.
  case invalidLink
  /// The mailed link proves the address only together with a new password, since the address was registered again.
  case newPasswordRequired
  case linkRequired
  case accountDisabled
  /// The token is still valid, but its account no longer exists.
  case accountGone
  /// The user has no such signed-in device.
  case deviceNotFound
  /// Another account is linked to this Google account.
  case googleAccountTaken
  /// The account is linked to another Google account.
  case alreadyLinked
  /// Google is the account's only way to sign in.
  case passwordRequired
  /// Too many wrong passwords were tried for the address.
  case attemptLimit(retryAfter: Duration)
  /// Too many wrong passwords in a row were tried for the address, so only a mailed link or a known device helps.
  case passwordLocked
  /// The first proof was right, and the account has a second factor.
  case secondFactorRequired(SignInChallenge)
  /// A signed-in user with a second factor has to give a code of it.
  case codeRequired
  /// An operator with a passkey or an app changes ways to sign in after a sign-in with it only.
  case operatorSignInRequired
  /// Too many wrong codes followed each other.
  case secondFactorLocked
  /// The account has an authenticator app.
  case alreadyEnrolled
  /// No authenticator app waits for its first code.
  case enrolmentNotFound
  /// The address has had the mails that it may have for now.
  case mailLimit(retryAfter: Duration)
  /// Too many codes of mails were tried for the account or the address.
  case codeLimit(retryAfter: Duration)

  public var code: String {
    switch self {
    case .unavailable: "identity_unavailable"
    case .emailTaken: "email_taken"
    case .invalidCredentials: "invalid_credentials"
    case .invalidToken, .invalidLink, .accountGone: "invalid_token"
    case .newPasswordRequired: "new_password_required"
    case .linkRequired: "link_required"
    case .accountDisabled: "account_disabled"
    case .deviceNotFound, .enrolmentNotFound: "not_found"
    case .secondFactorRequired, .codeRequired: "second_factor_required"
    case .operatorSignInRequired: "operator_sign_in_required"
    case .secondFactorLocked: "second_factor_locked"
    case .alreadyEnrolled: "already_enrolled"
    case .googleAccountTaken: "google_account_taken"
    case .alreadyLinked: "already_linked"
    case .passwordRequired: "password_required"
    case .mailLimit, .attemptLimit, .codeLimit: "rate_limited"
    case .passwordLocked: "password_locked"
    }
  }
}
