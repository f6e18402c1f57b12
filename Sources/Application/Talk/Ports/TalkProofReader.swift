import Domain

public protocol TalkProofReader: Sendable {
  /// Nil if there is no such talk.
  func proof(of session: SessionID) async throws(TalkLedgerError) -> TalkProof?
}
