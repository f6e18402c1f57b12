import Crypto
import Foundation
import Logging
import PostgresDriver
import Testing

@Suite("ElevenLabs' webhook, through Caddy", .serialized)
struct ConversationWebhookTests {
  private static let path = "/sessions/webhooks/elevenlabs"

  private func header(_ body: [UInt8], _ secret: String, age: TimeInterval = 0) -> [(String, String)] {
    let time = String(Int(Date().timeIntervalSince1970 - age))
    let code = HMAC<SHA256>.authenticationCode(
      for: Data("\(time).".utf8) + body, using: SymmetricKey(data: Data(secret.utf8)))
    let hex = code.map { String(format: "%02x", $0) }.joined()
    return [("Content-Type", "application/json"), ("ElevenLabs-Signature", "t=\(time),v0=\(hex)")]
  }

  private func event(_ conversation: String, padding: Int = 0) -> [UInt8] {
    let said = String(repeating: "x", count: padding)
    return Array(
      """
      {"type":"post_call_transcription","event_timestamp":\(Int(Date().timeIntervalSince1970)),"data":{"agent_id":"a",\
      "conversation_id":"\(conversation)","status":"done","transcript":[{"role":"user","message":"\(said)"}],\
      "metadata":{"call_duration_secs":10}}}
      """.utf8)
  }

  @Test("either secret is taken for half an hour, and nothing else")
  func signatures() async throws {
    let suite = try Suite.running()
    let body = event("conv_of_nobody")
    let (secret, previous) = (
      try suite.setting("ELEVEN_WEBHOOK_SECRET"), try suite.setting("ELEVEN_WEBHOOK_SECRET_PREVIOUS")
    )
    for headers in [header(body, secret), header(body, previous), header(body, secret, age: 1_700)] {
      let answer = try await suite.post(Self.path, body, headers: headers)
      #expect(answer.status == 200)
      #expect(try answer.text("status") == "dropped")
    }
    for headers in [
      [], header(body, "another"), header(body, secret, age: 1_900), header(body, secret, age: -1_900),
      header(body + [0x20], secret), [("ElevenLabs-Signature", "t=1,v0=")],
    ] {
      let answer = try await suite.post(Self.path, body, headers: headers)
      #expect(answer.status == 401)
      #expect(try answer.text("code") == "invalid_signature")
      #expect(answer.response.header("www-authenticate") != nil)
    }
  }

  @Test("a long transcript is read, and no more than 16 MiB")
  func long() async throws {
    let suite = try Suite.running()
    let secret = try suite.setting("ELEVEN_WEBHOOK_SECRET")
    let long = event("conv_of_nobody", padding: 12 << 20)
    #expect(try await suite.post(Self.path, long, headers: header(long, secret)).status == 200)
    let tooLong = event("conv_of_nobody", padding: 17 << 20)
    #expect(try await suite.post(Self.path, tooLong, headers: header(tooLong, secret)).status == 413)
  }

  @Test("what is signed and cannot be read is answered, and kept once")
  func unread() async throws {
    let suite = try Suite.running()
    let secret = try suite.setting("ELEVEN_WEBHOOK_SECRET")
    let body = Array("{\"type\":\"\(UUID().uuidString)".utf8)
    for _ in 0..<2 { #expect(try await suite.post(Self.path, body, headers: header(body, secret)).status == 200) }
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: try suite.setting("DATABASE_URL"), applicationName: "system-tests", maximumConnections: 1),
      logger: Logger(label: "system-tests"))
    defer { pool.close() }
    let kept = try await pool.query("SELECT count(*) AS n FROM elevenlabs_webhooks WHERE body = \(body)").rows.first
    #expect(try kept?.get("n", as: Int.self) == 1)
  }
}
