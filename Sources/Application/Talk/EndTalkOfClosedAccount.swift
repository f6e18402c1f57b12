import Domain

/// Whose account is deleted or disabled talks no further. The settler does the rest; a repeat finds nothing to end.
public struct EndTalkOfClosedAccount: Sendable {
  private let live: any LiveTalkStore
  private let accounts: any AccountDirectory

  public init(live: any LiveTalkStore, accounts: any AccountDirectory) {
    self.live = live
    self.accounts = accounts
  }

  public func deleted(_ user: UserID) async throws(LiveTalkError) {
    guard let session = try await live.current(of: user) else { return }
    _ = try await live.hangUp(session, user: user, .accountClosed)
  }

  /// The news may be old: who was let in again meanwhile talks on.
  /// - Throws: `TalkLedgerError` where nobody can say, `LiveTalkError`.
  public func disabled(_ user: UserID) async throws {
    if try await accounts.isDisabled(user) { try await deleted(user) }
  }
}
