import Domain

/// Shows a user what happened to the security of the account.
public struct ReadSecurityTrail: Sendable {
  private let trail: any SecurityTrailReader

  public init(trail: any SecurityTrailReader) { self.trail = trail }

  /// A page of events, newest first.
  /// - Returns: the events, and the number that the next page begins before; nil on the last one.
  public func page(
    of user: UserID, before number: Int64?, limit: Int
  ) async throws(IdentityError) -> (items: [SecurityEvent], next: Int64?) {
    // One more than the page holds, to see whether another page follows.
    let found = try await trail.events(of: user, before: number, limit: limit + 1)
    let items = Array(found.prefix(limit))
    return (items, found.count > limit ? items.last?.number : nil)
  }
}
