import Application
import PostgresDriver

/// Signed webhooks of ElevenLabs that could not be read, each body once.
public struct PostgresUnparsedConversationWebhookStore: UnparsedConversationWebhookStore {
  /// The most bytes of a body that are stored.
  private static let most = 65_536

  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func keepUnparsed(_ body: [UInt8]) async throws(TalkLedgerError) {
    try await TalkLedgerError.reporting {
      try await database.query(
        """
        INSERT INTO elevenlabs_webhooks (digest, body)
        VALUES (encode(sha256(\(body)), 'hex'), substring(\(body) FOR \(Self.most)))
        ON CONFLICT DO NOTHING
        """)
    }
  }
}
