public enum IdentityError: StableError {
  case unavailable
  case emailTaken
  case invalidCredentials
  /// A refresh token that is not good, or not any more.
  case invalidToken
  /// A mailed link that is not good, or not any more.
  case invalidLink
  case linkRequired
  case accountDisabled
  /// The account of a token that is still good is no more.
  case accountGone

  public var code: String {
    switch self {
    case .unavailable: "identity_unavailable"
    case .emailTaken: "email_taken"
    case .invalidCredentials: "invalid_credentials"
    case .invalidToken, .invalidLink, .accountGone: "invalid_token"
    case .linkRequired: "link_required"
    case .accountDisabled: "account_disabled"
    }
  }
}
