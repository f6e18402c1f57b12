import Application
import HTTPServing
import HTTPTypes
import Hummingbird
import Logging

/// /sessions/webhooks/elevenlabs: what ElevenLabs tells after a call.
struct ConversationWebhook: Sendable {
  /// With the whole transcript in it.
  static let most = 16 << 20

  let signatures: any ChecksConversationSignatures
  let take: TakeConversationNews
  let logger: Logger

  func add(to router: Router<ServingContext>) {
    router.post("/sessions/webhooks/elevenlabs") { request, _ in try await receive(request) }
  }

  /// One transaction that has its effect once: there is nothing to store first. What gets no 200 is found by the poll.
  private func receive(_ request: Request) async throws -> Response {
    guard let name = HTTPField.Name("elevenlabs-signature"), let signature = request.headers[name] else {
      throw Self.refused
    }
    let body = Array(buffer: try await request.rawBody(upTo: Self.most))
    // Megabytes are hashed and read: not between the beats of an event loop.
    return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await answer(body, signature) }
  }

  private func answer(_ body: [UInt8], _ signature: String) async throws -> Response {
    guard signatures.isWebhook(signature, body: body) else { throw Self.refused }
    let news = try await reading { () async throws(TalkBooksError) in try await take(body) }
    logger.log(level: news == .unread ? .error : .info, "a webhook was handled", metadata: ["outcome": "\(news)"])
    return try json(["status": news == .dropped ? "dropped" : "received"])
  }

  private static let refused = Problem.unauthorized("invalid_signature", "The signature is not one of ours.")
}
