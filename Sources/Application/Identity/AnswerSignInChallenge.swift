import Domain

/// Completes a sign-in with the account's second factor.
public struct AnswerSignInChallenge: Sendable {
  private let accounts: any AccountRepository
  private let verify: VerifySecondFactor
  private let issue: IssueTokens

  public init(accounts: any AccountRepository, verify: VerifySecondFactor, issue: IssueTokens) {
    self.accounts = accounts
    self.verify = verify
    self.issue = issue
  }

  /// - Throws: `invalidToken` for a challenge that is over, so that the sign-in begins again; `invalidCredentials` for a
  ///   wrong answer.
  public func callAsFunction(
    _ token: String, _ answer: SecondFactorAnswer, userAgent: String?, network: ClientNetwork? = nil
  ) async throws(IdentityError) -> Tokens {
    let hash = issue.hashes.sha256(token)
    guard let challenge = try await issue.challenges.attempt(hash) else { throw .invalidToken }
    let method = try await verify(answer, of: challenge.user)
    guard let account = try await accounts.account(challenge.user) else { throw .invalidToken }
    if account.isDisabled { throw .accountDisabled }
    let made = issue.newDevice(
      methods: challenge.methods + [method.rawValue], userAgent: userAgent, network: network)
    guard try await issue.challenges.complete(hash, with: made.device, of: account.id) else { throw .invalidToken }
    return try await issue.tokens(account, to: made)
  }
}
