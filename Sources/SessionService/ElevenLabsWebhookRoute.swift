import Application
import ElevenLabsAdapter
import HTTPServing
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// /sessions/webhooks/elevenlabs: ElevenLabs' report after a call. The body is checked and read while it arrives and is
/// never stored as a whole. Its memory is therefore the same for every length and every sender.
struct ElevenLabsWebhookRoute: Sendable {
  /// The limit of a body with the whole transcript.
  static let mostTranscript = 16 << 20
  /// The limit of a body with the sound of a call, which is read and dropped: more than six hours as base64 of 16 kHz
  /// PCM.
  static let mostSound = 1 << 30
  /// The bytes of an unreadable body that are stored for an operator. All bodies that are being read share the budget
  /// `beginnings`.
  static let mostBeginning = 64 << 10
  static let beginnings = BodyMemoryBudget(bytes: 4 << 20)

  private enum Receipt: String, Encodable {
    case received
    /// The webhook concerns none of our conversations.
    case dropped
  }

  let signatures: any ConversationSignatureVerifier
  let take: HandleConversationWebhook
  let logger: Logger

  func add(to router: Router<HTTPRequestContext>) {
    router.post("/sessions/webhooks/elevenlabs") { request, _ in try await receive(request) }
  }

  /// Handles the webhook in one transaction that takes effect once, so that it need not be stored first. The poll finds
  /// a conversation whose webhook got no 200.
  private func receive(_ request: Request) async throws -> Response {
    guard let name = HTTPField.Name("elevenlabs-signature"), let signature = request.headers[name],
      let check = signatures.check(signature)
    else { throw WebhookSignatureError.invalidSignature }
    // Hashing and reading megabytes must not delay the beats on an event loop.
    return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await answer(request.body, check) }
  }

  private func answer(_ body: RequestBody, _ signature: any SignedBodyVerifier) async throws -> Response {
    var (check, reader, size) = (signature, ElevenLabsWebhookReader(), 0)
    let beginning = BudgetedBodyPrefix(Self.beginnings, upTo: Self.mostBeginning)
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
    guard check.isSigned else { throw WebhookSignatureError.invalidSignature }
    if size > Self.mostTranscript, reader.kind != .sound { throw Self.tooLong }
    return try await told(reader, beginning.bytes)
  }

  private func told(_ reader: ElevenLabsWebhookReader, _ beginning: [UInt8]) async throws -> Response {
    let result = try await take(reader.notification, beginning: beginning)
    let isFault = result == .unparsed || result == .impossibleDuration
    logger.log(level: isFault ? .error : .info, "a webhook was handled", metadata: ["outcome": "\(result)"])
    return try json(["status": result == .dropped ? Receipt.dropped : .received])
  }

  /// The body may name its type only after the sound.
  private static func refuse(_ size: Int, _ kind: ElevenLabsWebhookReader.Kind?) throws(Problem) {
    if size > mostSound { throw tooLong }
    if size > mostTranscript, let kind, kind != .sound { throw tooLong }
  }

  private static let tooLong = Problem(
    .contentTooLarge, code: "body_too_large", detail: "At most \(mostTranscript) bytes of a transcript are read.")
}
