import Hummingbird

/// Sends webhooks of any kind, valid and invalid, as a test requests.
struct RazorpayWebhookControl: Sendable {
  let store: RazorpayStore
  let webhooks: RazorpayWebhooks
  let keySecret: String

  /// The secret for the signature.
  enum Signer: String, CaseIterable {
    case current, previous, wrong
    /// The API's secret, which is often confused with the webhook's.
    case key
    /// There is no signature at all.
    case none
  }

  func add(to control: RouterGroup<SandboxContext>) {
    control.post("webhooks") { request, _ in
      Response.json(try await send(try await request.instructions()))
    }
    control.post("webhooks/:id/redeliver") { _, context in
      guard var webhook = await webhooks.queue.journal.webhook(.razorpay, id: try context.parameters.require("id"))
      else { throw ControlFailure("no such event", status: .notFound) }
      webhook.copies = 1
      webhook.delay = .zero
      webhooks.queue.send(webhook)
      return Response.noContent
    }
  }

  private func send(_ told: JSON) async throws -> JSON {
    guard let signer = Signer(rawValue: told["secret"]?.string ?? "current") else {
      throw ControlFailure("secret must be one of \(Signer.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let body = try await body(told)
    let id = told["event_id"]?.string ?? identifier("evt_", length: 14)
    // A webhook that must be refused is not retried.
    let isGenuine = [.current, .previous].contains(signer)
    webhooks.send(
      RazorpayDelivery(
        name: told["event"]?.string ?? "raw", id: id.isEmpty ? nil : id, body: body,
        signature: try signature(signer, body), copies: told["copies"]?.int ?? 1,
        delay: .milliseconds(told["delay_ms"]?.int ?? 0), retries: told["retries"]?.int ?? (isGenuine ? 8 : 0)))
    return ["event_id": .string(id), "body": .string(String(decoding: body, as: UTF8.self))]
  }

  /// `raw` unchanged, or an event around `payload`.
  private func body(_ told: JSON) async throws -> [UInt8] {
    if let raw = told["raw"]?.string { return Array(raw.utf8) }
    guard let name = told["event"]?.string else { throw ControlFailure("event or raw is required") }
    let payload = try await payload(told["payload"]?.object ?? [:])
    return RazorpayEvent.body(
      name: name, contains: Self.inRazorpaysOrder(payload.keys), payload: .object(payload),
      createdAt: told["created_at"]?.int ?? unixNow()
    ).bytes
  }

  /// A text stands for the current entity of that id; everything else is sent unchanged.
  private func payload(_ told: [String: JSON]) async throws -> [String: JSON] {
    var payload = told
    for (name, value) in told {
      if let id = value.string { payload[name] = ["entity": try await store.entity(id)] }
    }
    return payload
  }

  private static func inRazorpaysOrder(_ names: some Sequence<String>) -> [String] {
    let usual = ["refund", "payment", "order", "dispute"]
    return names.sorted { first, second in
      (usual.firstIndex(of: first) ?? usual.count, first) < (usual.firstIndex(of: second) ?? usual.count, second)
    }
  }

  private func signature(_ signer: Signer, _ body: [UInt8]) throws -> String? {
    switch signer {
    case .current: return hexHMAC(secret: webhooks.secret, message: body)
    case .previous:
      guard let secret = webhooks.previousSecret else {
        throw ControlFailure("RAZORPAY_WEBHOOK_SECRET_PREVIOUS is not set", status: .conflict)
      }
      return hexHMAC(secret: secret, message: body)
    case .wrong: return hexHMAC(secret: "not " + webhooks.secret, message: body)
    case .key: return hexHMAC(secret: keySecret, message: body)
    case .none: return nil
    }
  }
}
