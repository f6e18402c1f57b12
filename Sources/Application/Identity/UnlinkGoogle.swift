import Domain

/// Removes Google from a user's ways to sign in, if there is a password to sign in with.
public struct UnlinkGoogle: Sendable {
  private let links: any GoogleLinkRepository

  public init(links: any GoogleLinkRepository) { self.links = links }

  /// - Throws: `passwordRequired`, `accountGone`.
  public func callAsFunction(_ user: UserID) async throws(IdentityError) {
    switch try await links.unlink(user) {
    case .unlinked: return
    case .passwordRequired: throw .passwordRequired
    case .accountGone: throw .accountGone
    }
  }
}
