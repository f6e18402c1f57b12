import Application
import Domain
import Fakes
import Testing

/// Events that Razorpay can send and this system does not use.
private let otherEvents = """
  payment.pending payment.downtime.started payment.downtime.updated payment.downtime.resolved payment.created
  payment.dispute.phase_changed payment.dispute.amount_changed
  order.notification.delivered order.notification.failed
  refund.speed_changed refund.arn_updated
  settlement.processed settlement.failed
  invoice.paid invoice.partially_paid invoice.expired
  subscription.authenticated subscription.activated subscription.charged subscription.completed subscription.updated
  subscription.pending subscription.halted subscription.cancelled subscription.paused subscription.resumed
  token.confirmed token.rejected token.paused token.cancelled token.service_provider.activated
  token.service_provider.cancelled token.service_provider.deactivated token.service_provider.suspended
  virtual_account.created virtual_account.credited virtual_account.closed
  qr_code.created qr_code.credited qr_code.closed
  payment_link.paid payment_link.partially_paid payment_link.expired payment_link.cancelled
  fund_account.validation.completed fund_account.validation.failed
  payout.pending payout.rejected payout.queued payout.initiated payout.processed payout.updated payout.reversed
  payout.failed payout.downtime.started payout.downtime.resolved
  payout_link.pending payout_link.issued payout_link.processing payout_link.processed payout_link.attempted
  payout_link.cancelled payout_link.rejected payout_link.expired
  transaction.created transaction.updated banking_accounts.issued
  transfer.processed transfer.failed transfer.settled account.under_review account.needs_clarification
  account.activated account.rejected account.updated account.suspended account.funds_hold account.funds_unhold
  account.international_payment.enabled account.app.authorization_revoked product.route.activated
  product.route.under_review product.route.needs_clarification product.route.rejected
  zapier.sent engage.mission.completed shipping.updated
  """.split(whereSeparator: \.isWhitespace).map(String.init)

@Suite("Webhooks of kinds that are not handled")
struct OtherEventsTests {
  let shop = Shop()

  @Test(
    "a webhook of another kind is kept under its name and has no effect, with any content", arguments: otherEvents)
  func kept(event: String) async throws {
    let order = try await shop.paidOrder()
    let calls = shop.gateway.calls
    let bodies = [
      Array(#"{"entity":"event","event":"\#(event)","contains":[],"payload":{},"created_at":1567674606}"#.utf8),
      Array(#"{"event":"\#(event)"}"#.utf8), Array(#"{"event":"\#(event)","payload":"none"}"#.utf8),
      // As an account sends it whose other events concern our payment.
      WebhookBody.payment(event, order: order.razorpayOrderID, status: "captured"),
      WebhookBody.payment(event, order: order.razorpayOrderID, status: "failed"),
      WebhookBody.refund(event, order: order.razorpayOrderID, status: "processed", amount: 19_900),
      WebhookBody.dispute(event, order: order.razorpayOrderID),
    ]
    for (number, body) in bodies.enumerated() {
      #expect(try await shop.deliver(body, eventID: "evt_\(number)") == .kept)
      let row = try #require(shop.webhooks.row("evt_\(number)"))
      #expect(row.isDone && row.type == event && row.body == body)
    }
    #expect(try await shop.balance() == .minutes(10))
    #expect(try await shop.status(order) == .paid)
    #expect(try await !shop.isFrozen())
    #expect(shop.gateway.calls == calls)
  }

  @Test("the list has at least 60 kinds, each once")
  func list() {
    #expect(otherEvents.count >= 60 && Set(otherEvents).count == otherEvents.count)
  }
}
