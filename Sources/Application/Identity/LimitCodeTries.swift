import Domain

/// Bounds how often codes of mails are tried for one account or address, before anything of it is read: the tries of a
/// flood would otherwise wait for each other in the store. An address without an account is counted like one with an
/// account.
public struct LimitCodeTries: Sendable {
  public static let production = RateLimit(name: "code", count: 10, window: .seconds(300))
  public static let development = RateLimit(name: "code", count: 10_000, window: .seconds(300))

  private let limiter: any RateLimiter
  private let secrets: any MailedLinkSecretGenerator
  private let limit: RateLimit

  public init(limiter: any RateLimiter, secrets: any MailedLinkSecretGenerator, limit: RateLimit) {
    self.limiter = limiter
    self.secrets = secrets
    self.limit = limit
  }

  /// - Throws: `codeLimit`; `unavailable` where the tries cannot be counted.
  func callAsFunction(_ holder: MailedCodeHolder) async throws(IdentityError) {
    let decision: RateDecision
    do {
      decision = try await limiter.take(limit, subject: secrets.limitSubject(of: holder))
    } catch {
      throw .unavailable
    }
    guard decision.isAllowed else { throw .codeLimit(retryAfter: decision.retryAfter) }
  }
}
