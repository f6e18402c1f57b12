import Domain

public protocol AccountStatusReader: Sendable {
  /// Whether the account is disabled now.
  func isDisabled(_ user: UserID) async throws(TalkLedgerError) -> Bool
}
