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
    secondFactor = account.hasSecondFactor
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
  /// Absent if the token was sent in the cookie.
  let refreshToken: String?

  enum CodingKeys: String, CodingKey {
    case user, accessToken = "access_token", tokenType = "token_type", expiresIn = "expires_in"
    case refreshToken = "refresh_token"
  }
}
