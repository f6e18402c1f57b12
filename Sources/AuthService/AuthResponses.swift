import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

struct UserResponse: Encodable {
  let id, email: String
  let name: String?
  let emailVerified, hasPassword, googleLinked, secondFactor: Bool
  let scope: String
  let createdAt: Date

  init(_ account: Account) {
    id = account.id.description
    email = account.email.text
    name = account.name
    emailVerified = account.emailVerified
    hasPassword = account.hasPassword
    googleLinked = account.googleLinked
    secondFactor = false
    scope = account.scope.sorted().joined(separator: " ")
    createdAt = account.createdAt
  }

  enum CodingKeys: String, CodingKey {
    case id, email, name, scope, emailVerified = "email_verified", hasPassword = "has_password"
    case googleLinked = "google_linked", secondFactor = "second_factor", createdAt = "created_at"
  }
}

struct TokensResponse: Encodable {
  let user: UserResponse
  let accessToken: String
  let tokenType = "Bearer"
  let expiresIn: Int64
  /// Absent where it went into the cookie.
  let refreshToken: String?

  enum CodingKeys: String, CodingKey {
    case user, accessToken = "access_token", tokenType = "token_type", expiresIn = "expires_in"
    case refreshToken = "refresh_token"
  }
}

extension Problem {
  init(_ error: IdentityError) {
    switch error {
    case .unavailable: self = .unavailable(error.code, "The service cannot answer just now.")
    case .emailTaken: self.init(.conflict, error, detail: "There is an account with this address.")
    case .invalidCredentials: self = .unauthorized(error.code, "These credentials are not right.")
    case .invalidToken: self = .unauthorized(error.code, "This token is not valid, or not any more.")
    case .linkRequired: self.init(.conflict, error, detail: "Sign in with the password and link Google then.")
    case .accountDisabled: self.init(.forbidden, error, detail: "This account is disabled.")
    case .notFound: self = .notFound()
    }
  }
}
