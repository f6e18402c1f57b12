import FoundationEssentials

/// Signs and sends Razorpay's events. A failed delivery is retried with the same event id.
struct RazorpayWebhooks: Sendable {
  let queue: WebhookQueue
  let address: String?
  let secret: String
  /// The secret that was used before `secret`: retries of old events keep its signature.
  var previousSecret = ProcessInfo.processInfo.environment["RAZORPAY_WEBHOOK_SECRET_PREVIOUS"]

  /// Sends `copies` deliveries of each event, the first after `delay`.
  func send(_ events: [RazorpayEvent], copies: Int = 1, delay: Duration = .zero) {
    for event in events {
      let body = event.body.bytes
      send(
        RazorpayDelivery(
          name: event.name, id: identifier("evt_", length: 14), body: body,
          signature: hexHMAC(secret: secret, message: body), copies: copies, delay: delay))
    }
  }

  /// Sends as a control's body says: `webhooks` deliveries, the first after `delay_ms`.
  func send(_ events: [RazorpayEvent], told body: JSON) {
    send(events, copies: body["webhooks"]?.int ?? 1, delay: .milliseconds(body["delay_ms"]?.int ?? 0))
  }

  func send(_ delivery: RazorpayDelivery) {
    var headers = [("content-type", "application/json"), ("user-agent", "Razorpay-Webhook/v1")]
    if let id = delivery.id { headers.append(("x-razorpay-event-id", id)) }
    if let signature = delivery.signature { headers.append(("x-razorpay-signature", signature)) }
    queue.send(
      OutgoingWebhook(
        provider: .razorpay, id: delivery.id ?? "", name: delivery.name, address: address, headers: headers,
        body: delivery.body, copies: delivery.copies, delay: delivery.delay, retries: delivery.retries))
  }
}

/// One webhook to be sent.
struct RazorpayDelivery: Sendable {
  let name: String
  /// Without an id the header is left out.
  let id: String?
  let body: [UInt8]
  let signature: String?
  var copies = 1
  var delay: Duration = .zero
  var retries = 8
}
