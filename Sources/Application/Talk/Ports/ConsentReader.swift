import Domain

public protocol ConsentReader: Sendable {
  /// Whether the user has consented to this version, also a moment ago.
  func hasConsented(_ user: UserID, to version: ConsentVersion) async throws(TalkLedgerError) -> Bool
}
