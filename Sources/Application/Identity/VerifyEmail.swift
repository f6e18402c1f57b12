import Domain
import FoundationEssentials

/// The token of a mailed link: the row's id and the secret.
public struct LinkToken: Sendable {
  public let id: String
  public let secret: String

  public init(id: String, secret: String) {
    self.id = id
    self.secret = secret
  }

  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 36, UUID(uuidString: String(parts[0])) != nil, !parts[1].isEmpty
    else { return nil }
    id = parts[0].lowercased()
    secret = String(parts[1])
  }

  public var text: String { "\(id).\(secret)" }

  /// Compares in constant time.
  func matches(_ expected: String) -> Bool {
    let (left, right) = (Array(secret.utf8), Array(expected.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

public struct VerifyEmail: Sendable {
  public static let purpose = "verify-email"
  private let accounts: any AccountRepository
  private let links: any LinkSecretGenerator
  private let clock: any WallClock

  public init(accounts: any AccountRepository, links: any LinkSecretGenerator, clock: any WallClock) {
    self.accounts = accounts
    self.links = links
    self.clock = clock
  }

  public func callAsFunction(_ token: String) async throws(IdentityError) {
    guard let link = LinkToken(token), let row = try await accounts.verification(link.id) else { throw .invalidLink }
    let expected = links.secret(purpose: Self.purpose, id: row.id, user: row.user, expires: row.expiresAt)
    guard link.matches(expected), clock.now() < row.expiresAt else { throw .invalidLink }
    try await accounts.verified(row)
  }
}
