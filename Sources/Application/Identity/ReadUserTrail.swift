import Domain

/// Shows an operator what happened to the security of a user's account. Each page that is read is recorded.
public struct ReadUserTrail: Sendable {
  private let users: any UserAdministration

  public init(users: any UserAdministration) { self.users = users }

  /// A page of events, newest first.
  /// - Returns: the events, and the number that the next page begins before; nil on the last one.
  public func page(
    of user: UserID, before number: Int64?, limit: Int, actor: String
  ) async throws(UserAdministrationError) -> (items: [SecurityEvent], next: Int64?) {
    // One more than the page holds, to see whether another page follows.
    let found = try await users.events(of: user, before: number, limit: limit + 1, actor: actor)
    let items = Array(found.prefix(limit))
    return (items, found.count > limit ? items.last?.number : nil)
  }
}
