import Domain

/// Exchanges a refresh token for the next pair. A token that was exchanged before ends its device, because another
/// party has a copy.
public struct RefreshTokens: Sendable {
  private let accounts: any AccountRepository
  private let issue: IssueTokens

  public init(accounts: any AccountRepository, issue: IssueTokens) {
    self.accounts = accounts
    self.issue = issue
  }

  public func callAsFunction(_ token: String) async throws(IdentityError) -> Tokens {
    let next = issue.newRefreshToken()
    let answer = try await issue.devices.rotate(issue.hashes.sha256(token), to: issue.hashes.sha256(next))
    guard case .rotated(let device, let user, let authenticatedAt) = answer,
      let account = try await accounts.account(user), !account.isDisabled
    else { throw .invalidToken }
    return try await issue.tokens(account, device, next, authenticatedAt: authenticatedAt, methods: ["refresh"])
  }
}
