import Application
import PostgresDriver

/// Signed webhooks of ElevenLabs that could not be read.
extension PostgresTalkLedger: UnparsedWebhookStore {
  private static let most = 65_536

  public func keepUnparsed(_ body: [UInt8]) async throws(TalkLedgerError) {
    _ = try await reporting {
      try await database.query(
        """
        INSERT INTO elevenlabs_webhooks (digest, body)
        VALUES (encode(sha256(\(body)), 'hex'), substring(\(body) FOR \(Self.most)))
        ON CONFLICT DO NOTHING
        """)
    }
  }
}
