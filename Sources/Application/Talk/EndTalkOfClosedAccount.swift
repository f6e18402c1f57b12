import Domain

public protocol KnowsAccounts: Sendable {
  /// Whether the account is disabled now.
  func isDisabled(_ user: UserID) async throws(TalkBooksError) -> Bool
}

/// Whose account is deleted or disabled talks no further. The settler does the rest; a repeat finds nothing to end.
public struct EndTalkOfClosedAccount: Sendable {
  private let live: any LiveTalks
  private let accounts: any KnowsAccounts

  public init(live: any LiveTalks, accounts: any KnowsAccounts) {
    self.live = live
    self.accounts = accounts
  }

  public func deleted(_ user: UserID) async throws(LiveTalkError) {
    guard let session = try await live.current(of: user) else { return }
    _ = try await live.hangUp(session, user: user, .accountClosed)
  }

  /// The news may be old: who was let in again meanwhile talks on.
  /// - Throws: `TalkBooksError` where nobody can say, `LiveTalkError`.
  public func disabled(_ user: UserID) async throws {
    if try await accounts.isDisabled(user) { try await deleted(user) }
  }
}
