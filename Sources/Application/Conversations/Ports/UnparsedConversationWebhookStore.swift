/// Stores signed webhooks that could not be read, for an operator.
public protocol UnparsedConversationWebhookStore: Sendable {
  /// - Parameter body: the beginning of the webhook's body.
  func keepUnparsed(_ body: [UInt8]) async throws(TalkLedgerError)
}
