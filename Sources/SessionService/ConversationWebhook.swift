import Application
import ElevenLabsAdapter
import HTTPServing
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// /sessions/webhooks/elevenlabs: what ElevenLabs tells after a call. A body is checked and read as it comes and is never
/// there as a whole, so that it costs the same memory whatever its length is and whoever sends it.
struct ConversationWebhook: Sendable {
  /// The whole transcript is in it.
  static let mostTranscript = 16 << 20
  /// The sound of a call is let through and dropped: more than six hours of it as base64 of 16 kHz PCM.
  static let mostSound = 1 << 30
  /// Of one that cannot be read so much is kept for an operator, of all that are being read together `beginnings`.
  static let mostBeginning = 64 << 10
  static let beginnings = BodyBudget(bytes: 4 << 20)

  private enum Receipt: String, Encodable {
    case received
    /// It is about nothing of ours.
    case dropped
  }

  let signatures: any ConversationSignatureVerifier
  let take: HandleConversationWebhook
  let logger: Logger

  func add(to router: Router<ServingContext>) {
    router.post("/sessions/webhooks/elevenlabs") { request, _ in try await receive(request) }
  }

  /// One transaction that has its effect once: there is nothing to store first. What gets no 200 is found by the poll.
  private func receive(_ request: Request) async throws -> Response {
    guard let name = HTTPField.Name("elevenlabs-signature"), let signature = request.headers[name],
      let check = signatures.check(signature)
    else { throw WebhookError.invalidSignature }
    // Megabytes are hashed and read: not between the beats of an event loop.
    return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await answer(request.body, check) }
  }

  private func answer(_ body: RequestBody, _ signature: any SignedBodyVerifier) async throws -> Response {
    var (check, reader, size) = (signature, ConversationWebhookReader(), 0)
    let beginning = BodyBeginning(Self.beginnings, upTo: Self.mostBeginning)
    for try await chunk in body {
      size += chunk.readableBytes
      try Self.refuse(size, reader.kind)
      chunk.withUnsafeReadableBytes { bytes in
        check.read(bytes)
        reader.read(bytes)
        if reader.kind != .sound { beginning.read(bytes) }
      }
      if reader.kind == .sound { beginning.forget() }
    }
    guard check.isSigned else { throw WebhookError.invalidSignature }
    if size > Self.mostTranscript, reader.kind != .sound { throw Self.tooLong }
    return try await told(reader, beginning.bytes)
  }

  private func told(_ reader: ConversationWebhookReader, _ beginning: [UInt8]) async throws -> Response {
    let result = try await take(reader.notification, beginning: beginning)
    logger.log(level: result == .unparsed ? .error : .info, "a webhook was handled", metadata: ["outcome": "\(result)"])
    return try json(["status": result == .dropped ? Receipt.dropped : .received])
  }

  /// Whether it is sound may be said behind the sound.
  private static func refuse(_ size: Int, _ kind: ConversationWebhookReader.Kind?) throws(Problem) {
    if size > mostSound { throw tooLong }
    if size > mostTranscript, let kind, kind != .sound { throw tooLong }
  }

  private static let tooLong = Problem(
    .contentTooLarge, code: "body_too_large", detail: "At most \(mostTranscript) bytes of a transcript are read.")
}
