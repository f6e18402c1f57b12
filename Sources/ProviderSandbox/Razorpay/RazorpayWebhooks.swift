/// Signs and sends Razorpay's events; a failed delivery is tried again with the same event id.
struct RazorpayWebhooks: Sendable {
  let queue: WebhookQueue
  let address: String?
  let secret: String

  /// `copies` deliveries of each event, the first after `delay`.
  func send(_ events: [RazorpayEvent], copies: Int = 1, delay: Duration = .zero) {
    for event in events {
      let body = event.body.bytes
      let id = identifier("evt_", length: 14)
      queue.send(
        Webhook(
          provider: .razorpay, id: id, name: event.name, address: address,
          headers: [
            ("content-type", "application/json"), ("user-agent", "Razorpay-Webhook/v1"),
            ("x-razorpay-event-id", id), ("x-razorpay-signature", hexHMAC(secret: secret, message: body)),
          ],
          body: body, copies: copies, delay: delay, retries: 8))
    }
  }
}
