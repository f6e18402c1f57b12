/// What was signed and could not be read is kept, for an operator.
public protocol UnparsedWebhookStore: Sendable {
  /// - Parameter body: its beginning.
  func keepUnparsed(_ body: [UInt8]) async throws(TalkLedgerError)
}
