/// What a client gets in place of tokens when the account has a second factor.
public struct SignInChallenge: Sendable, Equatable {
  /// The ways to answer: the members of the request that answers.
  public static let methods = ["code", "recovery_code"]
  /// Valid for five minutes and five answers.
  public let token: String

  public init(token: String) { self.token = token }
}

/// The result of a first proof of identity.
enum SignInResult: Sendable {
  case signedIn(Tokens)
  case challenged(SignInChallenge)

  /// - Throws: `secondFactorRequired`
  func tokens() throws(IdentityError) -> Tokens {
    switch self {
    case .signedIn(let tokens): return tokens
    case .challenged(let challenge): throw .secondFactorRequired(challenge)
    }
  }
}
