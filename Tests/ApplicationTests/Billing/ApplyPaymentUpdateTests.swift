import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Crediting a payment")
struct ApplyPaymentUpdateTests {
  let shop = Shop()

  private func confirm(_ payment: GatewayPayment, _ order: Order) async throws -> PaymentOutcome {
    let current = try #require(try await shop.orders.order(order.id))
    return try await shop.confirm(payment, of: current, cause: "test")
  }

  @Test("an authorized payment is captured, and credited once it is captured")
  func authorized() async throws {
    let order = try await shop.place()
    let payment = shop.pay(order, .authorized)
    #expect(try await confirm(payment, order) == .captured(balance: .minutes(10)))
    #expect(shop.gateway.calls.last == .capture("pay_1"))
    #expect(shop.payments.payment("pay_1")?.status == .captured)
  }

  @Test(
    "an authorized payment that cannot be captured is pending, and recorded",
    arguments: [
      GatewayError.unavailable(mayHaveActed: true), .refused(code: "BAD_REQUEST_ERROR"), .notFound, .credentialsRefused,
    ])
  func notCaptured(error: GatewayError) async throws {
    let order = try await shop.place()
    let payment = shop.pay(order, .authorized)
    shop.gateway.fail(with: error)
    #expect(try await confirm(payment, order) == .pending)
    #expect(try await shop.status(order) == .authorized)
    #expect(try await shop.balance() == .zero)
  }

  @Test("a payment that has only been created is pending and leaves no record")
  func created() async throws {
    let order = try await shop.place()
    #expect(try await confirm(shop.pay(order, .created), order) == .pending)
    #expect(shop.payments.payment("pay_1") == nil)
  }

  @Test("a failed payment is recorded, and the same payment is credited if it was captured after all")
  func failedIsNeverFinal() async throws {
    let order = try await shop.place()
    #expect(try await confirm(shop.pay(order, .failed), order) == .failed)
    #expect(try await shop.status(order) == .failed)
    #expect(try await confirm(shop.pay(order, .captured), order) == .captured(balance: .minutes(10)))
    #expect(try await confirm(shop.pay(order, .failed), order) == .failed)
    #expect(try await shop.status(order) == .paid)
    #expect(try await shop.balance() == .minutes(10))
  }

  @Test("a second captured payment is returned whole, under one key however often it is reported")
  func surplus() async throws {
    let order = try await shop.place()
    _ = try await confirm(shop.pay(order), order)
    let second = shop.pay(order, id: "pay_2")
    #expect(try await confirm(second, order) == .returned)
    #expect(try await confirm(second, order) == .returned)
    let refunds = shop.gateway.calls.filter { if case .refund = $0 { true } else { false } }
    #expect(Set(refunds.map { "\($0)" }).count == 1)
    let standing = try await shop.refunds.refunds(of: order.id)
    #expect(standing.map(\.origin) == [.surplus] && standing.map(\.status) == [.processed])
    #expect(refunds.first == .refund("pay_2", Paise(19_900), key: try #require(standing.first).id.description))
    #expect(try await shop.balance() == .minutes(10))
  }

  @Test("a surplus payment that cannot be returned now is returned later")
  func surplusWaits() async throws {
    let order = try await shop.place()
    _ = try await confirm(shop.pay(order), order)
    let second = shop.pay(order, id: "pay_2")
    shop.gateway.fail(with: .unavailable(mayHaveActed: true))
    #expect(try await confirm(second, order) == .returning)
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.requested])
    shop.gateway.fail(with: nil)
    shop.clock.advance(.seconds(31))
    for refund in try await shop.refunds.claimDue(limit: 5) { try await shop.sendRefund(refund, cause: "test") }
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.processed])
  }

  /// One turn of the worker.
  private func work() async throws {
    for refund in try await shop.refunds.claimDue(limit: 20) { try await shop.sendRefund(refund, cause: "test") }
  }

  @Test("a return that was refused is attempted with another key until the payment is back, once", arguments: [1, 5])
  func surplusRefused(refusals: Int) async throws {
    let order = try await shop.place()
    _ = try await confirm(shop.pay(order), order)
    let second = shop.pay(order, id: "pay_2")
    shop.gateway.failRefunds(with: .refused(code: "BAD_REQUEST_ERROR"))
    #expect(try await confirm(second, order) == .returning)
    // A repeated report does not cause another attempt.
    #expect(try await confirm(second, order) == .returning)
    for _ in 1..<refusals {
      shop.clock.advance(.seconds(50_000))
      try await work()
    }
    let waiting = try await shop.refunds.waiting()
    #expect(waiting.map(\.refund.attempt) == [refusals + 1] && waiting.first?.next != nil)
    shop.gateway.failRefunds(with: nil)
    shop.clock.advance(.seconds(50_000))
    try await work()
    let refunds = try await shop.refunds.refunds(of: order.id)
    #expect(refunds.map(\.status) == Array(repeating: .failed, count: refusals) + [.processed])
    let sent = try await shop.gateway.refunds(ofPayment: "pay_2")
    #expect(sent.map(\.money) == [order.price] && sent.first?.receipt == refunds.last?.id.description)
    #expect(try await shop.refunds.waiting().isEmpty)
    #expect(try await confirm(shop.pay(order, .refunded, id: "pay_2"), order) == .returned)
    #expect(try await shop.balance() == .minutes(10))
  }

  @Test("after the last attempt an operator is needed, and can start the return again")
  func surplusEnds() async throws {
    let order = try await shop.place()
    _ = try await confirm(shop.pay(order), order)
    shop.gateway.failRefunds(with: .refused(code: "BAD_REQUEST_ERROR"))
    #expect(try await confirm(shop.pay(order, id: "pay_2"), order) == .returning)
    for _ in 0..<40 {
      shop.clock.advance(.seconds(50_000))
      try await work()
    }
    #expect(try await shop.refunds.refunds(of: order.id).count == PaymentReturnSchedule.attempts)
    let waiting = try #require(try await shop.refunds.waiting().first)
    #expect(waiting.refund.status == .failed && waiting.next == nil)
    #expect(try await confirm(shop.pay(order, id: "pay_2"), order) == .returning)
    #expect(try await shop.refunds.refunds(of: order.id).count == PaymentReturnSchedule.attempts)
    shop.gateway.failRefunds(with: nil)
    let auditNote = AuditNote(actor: "cli:test", reason: try #require(Reason("asked by mail")), cause: "test")
    let send = ReturnPayment(orders: shop.orders, refunds: shop.refunds, gateway: shop.gateway)
    #expect(try await send("pay_2", auditNote).status == .processed)
    await #expect(throws: BillingError.nothingToRefund) { try await send("pay_2", auditNote) }
    await #expect(throws: BillingError.notRefundable) { try await send("pay_1", auditNote) }
    await #expect(throws: BillingError.orderNotFound) { try await send("pay_nobodys", auditNote) }
    #expect(try await shop.refunds.waiting().isEmpty)
  }

  @Test("a payment that the dashboard refunded meanwhile is not returned again")
  func surplusSentByHand() async throws {
    let order = try await shop.place()
    _ = try await confirm(shop.pay(order), order)
    shop.gateway.failRefunds(with: .refused(code: "BAD_REQUEST_ERROR"))
    #expect(try await confirm(shop.pay(order, id: "pay_2"), order) == .returning)
    shop.gateway.record(
      GatewayRefund(id: "rfnd_hand", paymentID: "pay_2", money: order.price, status: .processed, receipt: nil))
    shop.gateway.failRefunds(with: nil)
    shop.clock.advance(.seconds(16))
    try await work()
    #expect(try await shop.refunds.waiting().isEmpty)
    #expect(try await shop.gateway.refunds(ofPayment: "pay_2").map(\.id) == ["rfnd_hand"])
  }

  @Test("a fee that the customer bears is no mismatch, and is captured with the price")
  func customerFee() async throws {
    let order = try await shop.place()
    func fee(_ status: GatewayPaymentStatus, _ id: String, amount: Int64 = 20_370, fee: Int64?, bears: Bool = true)
      -> GatewayPayment
    {
      let payment = GatewayPayment(
        id: id, orderID: order.razorpayOrderID, status: status, money: Money(Paise(amount)), fee: fee.map { Paise($0) },
        customerBearsFee: bears)
      shop.gateway.pay(payment)
      return payment
    }
    let wrong: [(amount: Int64, fee: Int64?, bears: Bool)] = [
      (19_430, 470, true), (20_370, 470, false), (20_370, nil, false), (20_371, 470, true), (19_430, nil, true),
    ]
    for (number, wrong) in wrong.enumerated() {
      let payment = fee(.captured, "pay_\(number)", amount: wrong.amount, fee: wrong.fee, bears: wrong.bears)
      await #expect(throws: BillingError.paymentMismatch) { try await confirm(payment, order) }
      // The payment is sent back automatically.
      #expect(try await shop.gateway.refunds(ofPayment: payment.id).map(\.money) == [payment.money])
    }
    // The fee is not known yet, so the payment is read again.
    let untold = fee(.captured, "pay_8", fee: nil)
    #expect(try await confirm(untold, order) == .pending)
    #expect(try await shop.gateway.refunds(ofPayment: untold.id).isEmpty)
    #expect(shop.payments.payment("pay_8") == nil)
    #expect(try await shop.balance() == .zero)
    #expect(try await confirm(fee(.authorized, "pay_9", fee: 470), order) == .captured(balance: .minutes(10)))
    #expect(shop.gateway.calls.last == .capture("pay_9"))
    let refund = try await shop.refund(
      RefundInstruction(order: order.id, amount: nil, force: false, reason: nil, actor: shop.user, key: "key"))
    #expect(refund.money == order.price && refund.status == .processed)
    #expect(try await shop.balance() == .zero)
    #expect(try await shop.status(order) == .refunded)
  }

  @Test("a captured report without its fee is settled by Razorpay's record, which has the fee")
  func feeOfTheRecord() async throws {
    let order = try await shop.place()
    func payment(fee: Paise?) -> GatewayPayment {
      GatewayPayment(
        id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: Money(Paise(20_370)), fee: fee,
        customerBearsFee: true)
    }
    shop.gateway.pay(payment(fee: Paise(470)))
    #expect(try await shop.confirm(payment(fee: nil), of: order, cause: "test", asking: false) == .unasked)
    #expect(try await confirm(payment(fee: nil), order) == .captured(balance: .minutes(10)))
    #expect(try await shop.gateway.refunds(ofPayment: "pay_1").isEmpty)
  }

  @Test("a report without the fee's bearer is compared with Razorpay's record, before and after the credit")
  func snapshot() async throws {
    let order = try await shop.place()
    let record = GatewayPayment(
      id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: Money(Paise(20_370)), fee: Paise(470),
      customerBearsFee: true)
    let refundUpdates = GatewayPayment(
      id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: Money(Paise(20_370)))
    shop.gateway.pay(record)
    for _ in 0..<2 { #expect(try await confirm(refundUpdates, order) == .captured(balance: .minutes(10))) }
    #expect(try await shop.gateway.refunds(ofPayment: "pay_1").isEmpty)
    #expect(try await shop.balance() == .minutes(10))
    #expect(try await shop.status(order) == .paid)
  }

  @Test("while Razorpay's record cannot be read no payment is returned for a report of another amount")
  func unreadable() async throws {
    let order = try await shop.place()
    let refundUpdates = GatewayPayment(
      id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: Money(Paise(20_370)))
    shop.gateway.fail(with: .unavailable(mayHaveActed: false))
    #expect(try await confirm(refundUpdates, order) == .pending)
    #expect(try await shop.refunds.waiting().isEmpty)
  }

  @Test("the account that owns the order when Razorpay has answered gets the talk time")
  func merged() async throws {
    let order = try await shop.place()
    let other = UserID(UUID())
    shop.orders.move(order.id, to: other)
    // The order was read before the merge.
    #expect(try await shop.confirm(shop.pay(order), of: order, cause: "test") == .captured(balance: .minutes(10)))
    #expect(shop.wallets.wallet(of: other).available == .minutes(10))
    #expect(try await shop.balance() == .zero)
  }

  @Test("a second authorized payment of a paid order is not captured: its authorization lapses")
  func secondAuthorized() async throws {
    let order = try await shop.place()
    _ = try await confirm(shop.pay(order), order)
    #expect(try await confirm(shop.pay(order, .authorized, id: "pay_2"), order) == .stale)
    #expect(!shop.gateway.calls.contains(.capture("pay_2")))
  }

  @Test("a payment that was refunded before it was credited credits nothing, also after later reports")
  func refundedFirst() async throws {
    let order = try await shop.place()
    #expect(try await confirm(shop.pay(order, .refunded), order) == .returned)
    #expect(try await shop.balance() == .zero)
    // The webhook of its capture is late; Razorpay already reports the payment as refunded.
    let late = GatewayPayment(id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: order.price)
    #expect(try await confirm(late, order) == .returned)
    #expect(try await shop.balance() == .zero)
    #expect(try await shop.status(order) == .created)
    #expect(try await confirm(shop.pay(order, id: "pay_2"), order) == .captured(balance: .minutes(10)))
  }

  @Test("a payment in another currency is parked")
  func currency() async throws {
    let order = try await shop.place()
    let money = Money(order.price.amount, try #require(Currency("USD")))
    let payment = GatewayPayment(id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: money)
    await #expect(throws: BillingError.paymentMismatch) { try await confirm(payment, order) }
    #expect(shop.payments.payment("pay_1")?.status == .mismatch)
    #expect(try await shop.balance() == .zero)
  }
}
