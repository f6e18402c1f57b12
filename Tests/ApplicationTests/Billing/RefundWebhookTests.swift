import Application
import Domain
import Fakes
import Testing

@Suite("Webhooks about refunds and disputes")
struct RefundWebhookTests {
  let shop = Shop()

  @Test("a refund from the dashboard takes its share, however often it is reported")
  func dashboard() async throws {
    let order = try await shop.paidOrder()
    for (number, event) in ["refund.created", "refund.processed", "refund.processed"].enumerated() {
      let body = WebhookBody.refund(event, order: order.razorpayOrderID, status: "processed", amount: 9_950)
      #expect(try await shop.deliver(body, eventID: "evt_\(number)") == .taken)
      #expect(try await shop.balance() == .minutes(5))
      #expect(try await shop.status(order) == .partiallyRefunded)
    }
    #expect(shop.refunds.told == 1)
  }

  @Test("a refund of ours is recognized by its receipt, and its failure is recorded on it")
  func ours() async throws {
    let order = try await shop.paidOrder()
    shop.gateway.fail(with: .unavailable(mayHaveActed: true))
    let refund = try await shop.refund(
      RefundInstruction(order: order.id, amount: nil, force: false, reason: nil, actor: shop.user, key: "key"))
    for (event, status, balance) in [("refund.created", "pending", 10), ("refund.failed", "failed", 10)] {
      let body = WebhookBody.refund(
        event, order: order.razorpayOrderID, status: status, amount: 19_900, receipt: refund.id.description)
      #expect(try await shop.deliver(body, eventID: event) == .taken)
      #expect(try await shop.balance() == .minutes(Int64(balance)))
    }
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.failed])
    #expect(shop.wallets.wallet(of: shop.user).available == .minutes(10))
  }

  @Test(
    "a dispute freezes the wallet; a won one thaws it, and a lost one takes the talk time",
    arguments: [
      ("won", Int64(10), OrderStatus.paid), ("closed", 10, .paid), ("lost", 5, .partiallyRefunded),
    ])
  func dispute(end: String, minutes: Int64, status: OrderStatus) async throws {
    let order = try await shop.paidOrder()
    for stage in ["created", "under_review", "action_required"] {
      let body = WebhookBody.dispute("payment.dispute.\(stage)", order: order.razorpayOrderID, amount: 9_950)
      #expect(try await shop.deliver(body, eventID: stage) == .taken)
      #expect(try await shop.isFrozen())
      #expect(try await shop.status(order) == .disputed)
    }
    let body = WebhookBody.dispute("payment.dispute.\(end)", order: order.razorpayOrderID, amount: 9_950)
    for delivery in 1...2 { #expect(try await shop.deliver(body, eventID: "\(end) \(delivery)") == .taken) }
    #expect(try await !shop.isFrozen())
    #expect(try await shop.balance() == .minutes(minutes))
    #expect(try await shop.status(order) == status)
  }

  @Test("a webhook of an unknown order is retried, and then given up")
  func unknownOrder() async throws {
    let bodies = [
      WebhookBody.refund("refund.processed", order: "order_elsewhere", status: "processed", amount: 100),
      WebhookBody.dispute("payment.dispute.created", order: nil),
    ]
    for (number, body) in bodies.enumerated() {
      try await shop.webhooks.keep(body, eventID: "evt_\(number)")
      for attempt in 1...5 {
        let outcome = try await shop.handle(try #require(try await shop.webhooks.next()))
        #expect(outcome == (attempt < 5 ? nil : .unknownOrder))
        shop.clock.advance(.seconds(600))
      }
    }
  }

  @Test("a report that cannot be a refund of the order is a mismatch, and changes nothing")
  func mismatch() async throws {
    let order = try await shop.paidOrder()
    let bodies = [
      WebhookBody.refund(
        "refund.processed", order: order.razorpayOrderID, status: "processed", amount: 19_901),
      WebhookBody.refund(
        "refund.processed", order: order.razorpayOrderID, status: "processed", amount: 1_000_000_000_000_000),
      WebhookBody.refund(
        "refund.processed", order: order.razorpayOrderID, status: "processed", amount: 100, currency: "USD"),
    ]
    for (number, body) in bodies.enumerated() {
      #expect(try await shop.deliver(body, eventID: "evt_\(number)") == .mismatch)
    }
    // More than any payment can be.
    let absurd = WebhookBody.refund(
      "refund.processed", order: order.razorpayOrderID, status: "processed", amount: .max)
    #expect(try await shop.deliver(absurd, eventID: "evt_absurd") == .dead)
    #expect(try await shop.balance() == .minutes(10))
    #expect(try await shop.refunds.refunds(of: order.id).isEmpty)
  }

  @Test("a webhook with an unreadable refund or dispute is dead")
  func unreadable() async throws {
    let order = try await shop.paidOrder()
    let bodies =
      ["refund.created", "refund.processed", "refund.failed", "payment.dispute.created", "payment.dispute.lost"]
      .flatMap { event in
        [
          Array(#"{"event":"\#(event)","payload":[]}"#.utf8),
          WebhookBody.payment(event, order: order.razorpayOrderID, status: "captured"),
          WebhookBody.refund(event, order: order.razorpayOrderID, status: "on its way", amount: 100),
          WebhookBody.dispute(event, order: order.razorpayOrderID, amount: -1),
        ]
      }
    for (number, body) in bodies.enumerated() {
      #expect(
        try await shop.deliver(body, eventID: "evt_\(number)") == .dead, "\(String(decoding: body, as: UTF8.self))")
    }
    #expect(try await shop.balance() == .minutes(10))
    #expect(try await !shop.isFrozen())
  }
}
