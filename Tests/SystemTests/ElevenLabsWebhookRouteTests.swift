import Crypto
import Foundation
import Logging
import PostgresDriver
import Testing

@Suite("ElevenLabs' webhooks through Caddy", .serialized)
struct ElevenLabsWebhookRouteTests {
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

  @Test("a signature by either secret is accepted for half an hour, and no other")
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

  @Test("a long transcript is read, up to 16 MiB")
  func long() async throws {
    let suite = try Suite.running()
    let secret = try suite.setting("ELEVEN_WEBHOOK_SECRET")
    let long = event("conv_of_nobody", padding: 12 << 20)
    #expect(try await suite.post(Self.path, long, headers: header(long, secret)).status == 200)
    let tooLong = event("conv_of_nobody", padding: 17 << 20)
    #expect(try await suite.post(Self.path, tooLong, headers: header(tooLong, secret)).status == 413)
  }

  @Test(
    "an audio webhook is accepted and dropped, however large it is, and no transcript is delayed",
    arguments: [true, false])
  func sound(isDirect: Bool) async throws {
    let suite = try Suite.running()
    let secret = try suite.setting("ELEVEN_WEBHOOK_SECRET")
    let url = (isDirect ? try suite.setting("SESSION_SERVICE_URL") : suite.publicURL) + Self.path
    for (megabytes, typeFirst) in [(12, true), (40, true), (20, false)] {
      let body = ChunkedPost.sound(megabytes: megabytes, typeFirst: typeFirst)
      #expect(try await body.send(url, signature: body.signature(secret)) == 200, "\(megabytes) MiB")
      #expect(try await body.send(url, signature: body.signature("another")) == 401, "\(megabytes) MiB")
    }
    let transcript = event("conv_of_nobody")
    #expect(try await suite.post(Self.path, transcript, headers: header(transcript, secret)).status == 200)
  }

  @Test("ten large webhooks at once take no more memory than one, and a transcript among them is read")
  func flat() async throws {
    let suite = try Suite.running()
    let (url, secret) = (
      try suite.setting("SESSION_SERVICE_URL") + Self.path, try suite.setting("ELEVEN_WEBHOOK_SECRET")
    )
    let body = ChunkedPost.sound(megabytes: 40)
    let signature = body.signature(secret)
    #expect(try await body.send(url, signature: signature) == 200)
    let before = try memory(suite)
    let transcript = event("conv_of_nobody", padding: 1 << 20)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<10 { group.addTask { try await body.send(url, signature: signature) } }
      #expect(try await suite.post(Self.path, transcript, headers: header(transcript, secret)).status == 200)
      for try await status in group {
        #expect(status == 200)
        #expect(try memory(suite) - before < Self.bound)
      }
    }
  }

  @Test("unsigned senders take no memory, however many hold a body open")
  func unsigned() async throws {
    let suite = try Suite.running()
    // The other bodies are sent one after another, and a sender that is silent meanwhile would otherwise be refused.
    try await suite.withSessionService(["REQUEST_BODY_GRACE": "10m"]) { try await holdOpen(suite) }
  }

  private func holdOpen(_ suite: Suite) async throws {
    let url = try suite.setting("SESSION_SERVICE_URL") + Self.path
    // These bodies begin like transcripts, so all of each is kept.
    let body = ChunkedPost(
      head: Array(#"{"type":"post_call_transcription","data":{"transcript":""#.utf8), pieces: 15 << 4, tail: [])
    let before = try memory(suite)
    let signature = "t=\(Int(Date().timeIntervalSince1970)),v0=\(String(repeating: "0", count: 64))"
    var open: [ChunkedPost.Sending] = []
    defer { for sending in open { sending.close() } }
    for _ in 0..<12 {
      let sending = try await body.open(url, signature: signature)
      open.append(sending)
      try await body.write(to: sending)
    }
    #expect(open.allSatisfy { $0.status == nil })
    #expect(try memory(suite) - before < Self.bound)
    for sending in open { try await sending.write(Array("0\r\n\r\n".utf8)) }
    for sending in open { #expect(try await eventually("it is answered") { sending.status } == 401) }
  }

  @Test("a missing, wrong or old signature is refused before the body comes")
  func refusedAtOnce() async throws {
    let suite = try Suite.running()
    let url = try suite.setting("SESSION_SERVICE_URL") + Self.path
    let zeros = String(repeating: "0", count: 64)
    for signature in ["t=1,v0=\(zeros)", "none", "t=\(Int(Date().timeIntervalSince1970)),v0=00"] {
      let sending = try await ChunkedPost.sound(megabytes: 1).open(url, signature: signature)
      defer { sending.close() }
      #expect(try await eventually("it is answered") { sending.status } == 401)
    }
  }

  /// Ten bodies of 40 MiB, or twelve of 15, would need far more.
  private static let bound = 96 << 20

  /// The memory of the session service, in bytes.
  private func memory(_ suite: Suite) throws -> Int {
    let folder = URL(fileURLWithPath: try suite.setting("TALKTIME_STATE"))
    let written = try String(contentsOf: folder.appending(path: "run/session-1.pid"), encoding: .utf8)
    let process = try #require(written.split(separator: "\n").first)
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let match = try #require(status.firstMatch(of: /VmRSS:\s+(\d+) kB/))
    return try #require(Int(match.1)) * 1_024
  }

  @Test("webhooks of a call that never began, and of unknown types, are dropped")
  func others() async throws {
    let suite = try Suite.running()
    let secret = try suite.setting("ELEVEN_WEBHOOK_SECRET")
    for text in [
      #"{"type":"call_initiation_failure","event_timestamp":1,"data":{"conversation_id":"conv_x","failure_reason":"busy"}}"#,
      #"{"type":"something_new","data":{"metadata":{"call_duration_secs":"long"}}}"#,
    ] {
      let answer = try await suite.post(Self.path, Array(text.utf8), headers: header(Array(text.utf8), secret))
      #expect(answer.status == 200)
      #expect(try answer.text("status") == "dropped")
    }
  }

  @Test("a signed webhook that cannot be read is answered, and kept once")
  func unparsed() async throws {
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
