import FoundationEssentials

/// The signed post-call webhook. Without a setting ElevenLabs does not retry a delivery, and neither does this
/// imitation.
struct ElevenLabsWebhooks: Sendable {
  let queue: WebhookQueue
  let address: String?
  let secret: String
  /// The secret that was used before `secret`.
  var previousSecret = ProcessInfo.processInfo.environment["ELEVEN_WEBHOOK_SECRET_PREVIOUS"]

  /// The secret for the signature.
  enum Signer: String, CaseIterable { case current, previous, wrong, none }

  /// Sends as a control's body says: `webhooks` deliveries (1 by default), the first after `delay_ms`.
  /// - Parameter delay: the default delay. ElevenLabs processes a call for a while before it reports the call.
  func send(_ conversation: JSON, id: String, told: JSON = [:], delay: Int = 0) {
    guard address != nil else { return }
    let now = unixNow()
    let body = Self.event(conversation, at: now).bytes
    send(
      body, id: id, signature: Self.header(secret, at: now, body), copies: told["webhooks"]?.int ?? 1,
      delay: .milliseconds(told["delay_ms"]?.int ?? delay))
  }

  /// Sends a valid or an invalid webhook, as a test requests: the body is `raw` or the conversation; the signer and the
  /// age of the signature are given.
  func send(_ conversation: JSON?, id: String, command told: JSON) throws -> JSON {
    guard let signer = Signer(rawValue: told["secret"]?.string ?? "current") else {
      throw ControlFailure("secret must be one of \(Signer.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let signedAt = unixNow() - (told["age_seconds"]?.int ?? 0)
    let event = Self.event(conversation ?? [:], at: told["event_timestamp"]?.int ?? unixNow())
    let body = told["raw"]?.string.map { Array($0.utf8) } ?? event.bytes
    let signature = try key(signer).map { Self.header($0, at: signedAt, body) }
    send(
      body, id: id, signature: signature, copies: told["copies"]?.int ?? 1,
      delay: .milliseconds(told["delay_ms"]?.int ?? 0))
    return [
      "event_id": .string(id), "body": .string(String(decoding: body, as: UTF8.self)),
      "signature": .optional(signature),
    ]
  }

  private func send(_ body: [UInt8], id: String, signature: String?, copies: Int, delay: Duration) {
    var headers = [("content-type", "application/json")]
    if let signature { headers.append(("elevenlabs-signature", signature)) }
    queue.send(
      OutgoingWebhook(
        provider: .elevenlabs, id: id, name: "post_call_transcription", address: address, headers: headers,
        body: body, copies: copies, delay: delay))
  }

  private func key(_ signer: Signer) throws -> String? {
    switch signer {
    case .current: return secret
    case .previous:
      guard let previousSecret else {
        throw ControlFailure("ELEVEN_WEBHOOK_SECRET_PREVIOUS is not set", status: .conflict)
      }
      return previousSecret
    case .wrong: return "not " + secret
    case .none: return nil
    }
  }

  private static func event(_ conversation: JSON, at seconds: Int) -> JSON {
    ["type": "post_call_transcription", "event_timestamp": .int(seconds), "data": conversation]
  }

  private static func header(_ secret: String, at seconds: Int, _ body: [UInt8]) -> String {
    "t=\(seconds),v0=" + hexHMAC(secret: secret, message: Array("\(seconds).".utf8) + body)
  }
}
