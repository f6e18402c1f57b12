import Domain

/// Ends the talk of a deleted or disabled account. The settler does the rest; a repeat finds nothing to end.
public struct EndTalkOfClosedAccount: Sendable {
  private let live: any LiveTalkStore
  private let accounts: any AccountStatusReader

  public init(live: any LiveTalkStore, accounts: any AccountStatusReader) {
    self.live = live
    self.accounts = accounts
  }

  public func deleted(_ user: UserID) async throws(LiveTalkError) {
    guard let session = try await live.current(of: user) else { return }
    _ = try await live.hangUp(session, user: user, .accountClosed)
  }

  /// The event may be outdated: if the account was enabled again meanwhile, its talk goes on.
  /// - Throws: `TalkLedgerError` if the account's state cannot be read, `LiveTalkError`.
  public func disabled(_ user: UserID) async throws {
    if try await accounts.isDisabled(user) { try await deleted(user) }
  }
}
