public enum IdentityError: StableError {
  case unavailable
  case emailTaken
  case invalidCredentials
  case invalidToken
  case linkRequired
  case accountDisabled
  case notFound

  public var code: String {
    switch self {
    case .unavailable: "identity_unavailable"
    case .emailTaken: "email_taken"
    case .invalidCredentials: "invalid_credentials"
    case .invalidToken: "invalid_token"
    case .linkRequired: "link_required"
    case .accountDisabled: "account_disabled"
    case .notFound: "not_found"
    }
  }
}
