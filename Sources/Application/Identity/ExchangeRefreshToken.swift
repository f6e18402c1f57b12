import Domain

/// Exchanges a refresh token for the next pair. A client that did not get the answer may send the same token again, and
/// gets the same successor. An older token ends its device, because another party has a copy.
public struct ExchangeRefreshToken: Sendable {
  private let accounts: any AccountRepository
  private let issue: IssueTokens

  public init(accounts: any AccountRepository, issue: IssueTokens) {
    self.accounts = accounts
    self.issue = issue
  }

  /// - Parameter network: the client's, if it is known.
  public func callAsFunction(_ token: String, network: ClientNetwork? = nil) async throws(IdentityError) -> Tokens {
    let presented = issue.presented(token)
    let family = try await family(of: presented)
    guard let family else { throw .invalidToken }
    let next = issue.newRefreshToken(of: family)
    let successor = RefreshTokenSuccessor(
      hash: issue.hashes.sha256(next), sealed: try issue.refreshTokens.seal(next, under: token))
    switch try await issue.devices.rotate(presented, to: successor, network: network) {
    case .rotated(let signIn): return try await tokens(signIn, next)
    case .repeated(let signIn, let sealed):
      guard let known = issue.refreshTokens.unseal(sealed, with: token) else { throw .invalidToken }
      return try await tokens(signIn, known)
    case .replayed, .unknown: throw .invalidToken
    }
  }

  /// A token of an earlier version does not name its device.
  private func family(of presented: PresentedRefreshToken) async throws(IdentityError) -> DeviceID? {
    if let family = presented.family { return family }
    return try await issue.devices.device(holding: presented.hash)
  }

  private func tokens(_ signIn: DeviceSignIn, _ refresh: String) async throws(IdentityError) -> Tokens {
    guard let account = try await accounts.account(signIn.user), !account.isDisabled else { throw .invalidToken }
    return try await issue.tokens(account, signIn, refresh)
  }
}
