import Domain

public protocol AccountDirectory: Sendable {
  /// Whether the account is disabled now.
  func isDisabled(_ user: UserID) async throws(TalkLedgerError) -> Bool
}
