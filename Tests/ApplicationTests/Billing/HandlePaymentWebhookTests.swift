import Application
import Domain
import Fakes
import Testing

@Suite("Handling a webhook")
struct HandlePaymentWebhookTests {
  let shop = Shop()

  /// Stores the webhook and handles it once.
  private func handle(_ body: [UInt8], eventID: String = "evt_1") async throws -> PaymentWebhookOutcome? {
    try await shop.webhooks.keep(body, eventID: eventID)
    return try await shop.handle(try #require(try await shop.webhooks.next()))
  }

  @Test("payment.captured and order.paid are one credit, in either order", arguments: [false, true])
  func credited(paidFirst: Bool) async throws {
    let order = try await shop.place()
    let captured = WebhookBody.payment("payment.captured", order: order.razorpayOrderID, status: "captured")
    let bodies = paidFirst ? [WebhookBody.paid(order), captured] : [captured, WebhookBody.paid(order)]
    #expect(try await handle(bodies[0], eventID: "evt_1") == .credited)
    #expect(try await handle(bodies[1], eventID: "evt_2") == .credited)
    #expect(try await shop.balance() == .minutes(10))
    let row = try #require(shop.webhooks.row("evt_1"))
    #expect(row.isDone && row.type == (paidFirst ? "order.paid" : "payment.captured") && row.outcome == "credited")
  }

  @Test("a payment that Razorpay left authorized is captured by us")
  func authorized() async throws {
    let order = try await shop.place()
    _ = shop.pay(order, .authorized)
    let body = WebhookBody.payment("payment.authorized", order: order.razorpayOrderID, status: "authorized")
    #expect(try await handle(body) == .credited)
    #expect(shop.gateway.calls.last == .capture("pay_1"))
  }

  @Test("a failure is recorded, and has no effect if the payment was captured")
  func failed() async throws {
    let order = try await shop.place()
    let body = WebhookBody.payment("payment.failed", order: order.razorpayOrderID, status: "failed")
    #expect(try await handle(body, eventID: "evt_1") == .failed)
    #expect(try await shop.status(order) == .failed)
    #expect(try await handle(WebhookBody.paid(order), eventID: "evt_2") == .credited)
    #expect(try await handle(body, eventID: "evt_3") == .failed)
    #expect(try await shop.status(order) == .paid)
  }

  @Test(
    "an unreadable webhook is dead, and not retried", arguments: ["", "{", "[]", "null", "{\"event\":7}", "\u{0}"])
  func malformed(text: String) async throws {
    #expect(try await handle(Array(text.utf8)) == .dead)
    #expect(shop.webhooks.row("evt_1")?.isDone == true)
  }

  @Test("a webhook with an unreadable payment is dead")
  func unreadablePayment() async throws {
    let bodies = [
      Array(#"{"event":"payment.captured"}"#.utf8), Array(#"{"event":"payment.captured","payload":{}}"#.utf8),
      WebhookBody.payment("payment.captured", order: "order_1", status: "on its way"),
      WebhookBody.payment("payment.captured", order: "order_1", status: "captured", currency: "rupees"),
    ]
    for (number, body) in bodies.enumerated() { #expect(try await handle(body, eventID: "evt_\(number)") == .dead) }
  }

  @Test(
    "a webhook of a kind that is not handled is kept",
    arguments: [
      "refund.speed_changed", "payment.downtime.started", "settlement.processed", "subscription.charged",
    ])
  func kept(event: String) async throws {
    #expect(try await handle(WebhookBody.kept(event)) == .kept)
    #expect(shop.webhooks.row("evt_1")?.type == event)
    #expect(try await shop.balance() == .zero)
  }

  @Test("a webhook of an unknown order is retried, and then given up")
  func unknownOrder() async throws {
    try await shop.webhooks.keep(
      WebhookBody.payment("payment.captured", order: "order_elsewhere", status: "captured"), eventID: "evt_1")
    var outcomes: [PaymentWebhookOutcome?] = []
    for _ in 1...5 {
      outcomes.append(try await shop.handle(try #require(try await shop.webhooks.next())))
      shop.clock.advance(.seconds(600))
    }
    #expect(outcomes == [nil, nil, nil, nil, .unknownOrder])
    #expect(try await shop.webhooks.next() == nil)
  }

  @Test("a webhook that came before our order's row is credited when the row exists")
  func fasterThanUs() async throws {
    let order = try await shop.orders.create(for: shop.user, packID: "ten-minutes")
    let body = WebhookBody.payment("payment.captured", order: "order_fast", status: "captured")
    #expect(try await handle(body) == nil)
    _ = try await shop.orders.attach("order_fast", to: order.id)
    #expect(try await shop.webhooks.next() == nil)
    shop.clock.advance(.seconds(2))
    #expect(try await shop.handle(try #require(try await shop.webhooks.next())) == .credited)
  }

  @Test("a webhook of a payment without an order is ignored")
  func noOrder() async throws {
    let body = WebhookBody.payment("payment.captured", order: nil, status: "captured")
    #expect(try await handle(body) == .unknownOrder)
  }

  @Test("a payment of another amount is a mismatch, and credits nothing")
  func mismatch() async throws {
    let order = try await shop.place()
    let body = WebhookBody.payment("payment.captured", order: order.razorpayOrderID, status: "captured", amount: 100)
    #expect(try await handle(body) == .mismatch)
    #expect(try await shop.balance() == .zero)
  }

  @Test("a second payment is returned, and waits while Razorpay is away")
  func returned() async throws {
    let order = try await shop.place()
    #expect(try await handle(WebhookBody.paid(order), eventID: "evt_1") == .credited)
    _ = shop.pay(order, id: "pay_2")
    shop.gateway.fail(with: .unavailable(mayHaveActed: false))
    #expect(try await handle(WebhookBody.paid(order, id: "pay_2"), eventID: "evt_2") == .returning)
    // The refund is recorded, and is requested when Razorpay responds again.
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.requested])
    #expect(try await shop.balance() == .minutes(10))
  }

  @Test("a webhook of a payment that stays authorized is given up after twenty attempts")
  func pending() async throws {
    let order = try await shop.place()
    shop.gateway.fail(with: .unavailable(mayHaveActed: false))
    try await shop.webhooks.keep(
      WebhookBody.payment("payment.authorized", order: order.razorpayOrderID, status: "authorized"), eventID: "evt_1")
    for attempt in 1...20 {
      let outcome = try await shop.handle(try #require(try await shop.webhooks.next()))
      #expect(outcome == (attempt < 20 ? nil : .pending))
      shop.clock.advance(.seconds(600))
    }
  }

  @Test(
    "a handler without requests to Razorpay records an authorized payment, and the other queue's handler captures it")
  func unasked() async throws {
    let order = try await shop.place()
    _ = shop.pay(order, .authorized)
    let asked = shop.gateway.calls
    let body = WebhookBody.payment("payment.authorized", order: order.razorpayOrderID, status: "authorized")
    try await shop.webhooks.keep(body, eventID: "evt_1")
    let webhook = try #require(try await shop.webhooks.take(1, from: .unasked).first)
    #expect(try await shop.handle(webhook, asking: false) == nil)
    #expect(shop.gateway.calls == asked)
    #expect(try await shop.status(order) == .authorized)
    let passed = try #require(try await shop.webhooks.take(1, from: .asking).first)
    #expect(try await shop.handle(passed, asking: true) == .credited)
    #expect(try await shop.balance() == .minutes(10))
  }

  @Test("a handler without requests to Razorpay passes a second payment on, and the other queue's handler returns it")
  func unaskedSurplus() async throws {
    let order = try await shop.place()
    #expect(try await handle(WebhookBody.paid(order), eventID: "evt_1") == .credited)
    _ = shop.pay(order, id: "pay_2")
    let asked = shop.gateway.calls
    try await shop.webhooks.keep(WebhookBody.paid(order, id: "pay_2"), eventID: "evt_2")
    let webhook = try #require(try await shop.webhooks.take(1, from: .unasked).first)
    #expect(try await shop.handle(webhook, asking: false) == nil)
    #expect(shop.gateway.calls == asked)
    #expect(try await shop.refunds.refunds(of: order.id).isEmpty)
    let passed = try #require(try await shop.webhooks.take(1, from: .asking).first)
    #expect(try await shop.handle(passed) == .returned)
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.processed])
  }
}
