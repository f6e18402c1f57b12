import Application
import Domain
import Fakes
import Testing

@Suite("Order checks")
struct ReconcileOrderTests {
  let shop = Shop()

  /// Claims the checks that are due now and runs them.
  private func look() async throws -> [ReconcileOutcome] {
    var outcomes: [ReconcileOutcome] = []
    for due in try await shop.orders.claimDue(limit: 10) { outcomes.append(try await shop.reconcile(due)) }
    return outcomes
  }

  @Test("a payment whose redirect and webhook were lost is credited, once")
  func lost() async throws {
    let order = try await shop.place()
    _ = shop.pay(order)
    #expect(try await look() == [])
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.credited])
    #expect(try await shop.status(order) == .paid)
    #expect(try await shop.balance() == .minutes(10))
    shop.clock.advance(.seconds(86_400 * 5))
    #expect(try await look() == [])
  }

  @Test("a failed attempt beside the successful one is no difference")
  func retriedByBuyer() async throws {
    let order = try await shop.place()
    _ = shop.pay(order, .failed, id: "pay_1")
    _ = shop.pay(order, .captured, id: "pay_2")
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.credited])
    #expect(shop.payments.told == ["payment.captured"])
  }

  @Test("of two captured payments one is credited, and the other is returned")
  func surplus() async throws {
    let order = try await shop.place()
    _ = shop.pay(order, id: "pay_1")
    _ = shop.pay(order, id: "pay_2")
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.credited])
    #expect(try await shop.balance() == .minutes(10))
    let refunds = shop.gateway.calls.filter { if case .refund = $0 { true } else { false } }
    #expect(refunds.count == 1)
  }

  @Test("an unpaid order expires after Razorpay confirms it, and a late payment is still credited")
  func expiry() async throws {
    let order = try await shop.place()
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.waiting])
    #expect(try await shop.status(order) == .created)
    shop.clock.advance(.seconds(86_400))
    shop.gateway.fail(with: .unavailable(mayHaveActed: false))
    #expect(try await look() == [.unanswered(.unavailable(mayHaveActed: false))])
    #expect(try await shop.status(order) == .created)
    shop.gateway.fail(with: nil)
    shop.clock.advance(.seconds(120))
    #expect(try await look() == [.expired])
    #expect(try await shop.status(order) == .expired)
    _ = shop.pay(order)
    shop.clock.advance(.seconds(86_400))
    #expect(try await look() == [.credited])
    #expect(try await shop.status(order) == .paid)
  }

  @Test("the checks of an order end")
  func ends() async throws {
    _ = try await shop.place()
    var looks = 0
    for _ in 0..<2_000 {
      shop.clock.advance(.seconds(900))
      looks += try await look().count
    }
    #expect(looks == 11)
  }

  @Test("an order whose Razorpay order was lost is found by its receipt")
  func attached() async throws {
    let row = try await shop.orders.create(for: shop.user, packID: "hour")
    _ = try await shop.gateway.createOrder(receipt: row.id.description, row.price)
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.waiting])
    #expect(try await shop.status(row) == .created)
  }

  @Test("an order that Razorpay does not have expires, and its repeat revives it")
  func givenUp() async throws {
    shop.gateway.fail(with: .unavailable(mayHaveActed: true))
    await #expect(throws: BillingError.unavailable) { try await shop.place("hour", key: "k1") }
    shop.gateway.fail(with: nil)
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.expired])
    let order = try await shop.place("hour", key: "k1")
    #expect(shop.orders.all == [order] && order.status == .created)
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.waiting])
  }

  @Test("an authorized payment keeps the order from expiring, and the next check is soon")
  func authorized() async throws {
    let order = try await shop.place()
    _ = shop.pay(order, .authorized)
    let ledger = ApplyPaymentUpdate(
      payments: shop.payments, refunds: shop.refunds, gateway: NeverCapturing(shop.gateway))
    let reconcile = ReconcileOrder(orders: shop.orders, gateway: shop.gateway, confirm: ledger, schedule: .standard)
    shop.clock.advance(.seconds(86_400))
    for _ in 0..<2 {
      let due = try #require(try await shop.orders.claimDue(limit: 1).first)
      #expect(try await reconcile(due) == .waiting)
      #expect(try await shop.status(order) == .authorized)
      shop.clock.advance(.seconds(900))
    }
  }

  @Test("a mismatched payment is parked and reported, and does not block another payment's credit")
  func mismatch() async throws {
    let order = try await shop.place()
    _ = shop.pay(order, id: "pay_1", amount: 1)
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.mismatch])
    _ = shop.pay(order, id: "pay_2")
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.credited])
  }

  @Test("refused credentials say nothing about any payment")
  func refusedKey() async throws {
    let order = try await shop.place()
    shop.gateway.fail(with: .credentialsRefused)
    shop.clock.advance(.seconds(90_000))
    #expect(try await look() == [.unanswered(.credentialsRefused)])
    #expect(try await shop.status(order) == .created)
  }
}

extension ReconcileOrderTests {
  @Test("an order that Razorpay does not know, as after a change of keys, expires, and its checks end")
  func unknownThere() async throws {
    let order = try await shop.place()
    shop.gateway.fail(with: .refused(code: "BAD_REQUEST_ERROR"))
    var looks = 0
    for _ in 0..<2_000 {
      shop.clock.advance(.seconds(900))
      looks += try await look().count
    }
    #expect(looks == 11)
    #expect(try await shop.status(order) == .expired)
  }

  @Test("the checks of an order whose search by receipt Razorpay refuses end as well")
  func refusedReceipt() async throws {
    _ = try await shop.orders.create(for: shop.user, packID: "hour")
    shop.gateway.fail(with: .refused(code: "BAD_REQUEST_ERROR"))
    var looks = 0
    for _ in 0..<2_000 {
      shop.clock.advance(.seconds(900))
      looks += try await look().count
    }
    #expect(looks == 11)
  }

  @Test("a payment in an unknown state is reported, and does not block another payment's credit")
  func unknownStatus() async throws {
    let order = try await shop.place()
    _ = shop.pay(order, .unknown("on_hold"), id: "pay_1")
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.unknownStatus(.unknown("on_hold"))])
    #expect(try await shop.status(order) == .created)
    _ = shop.pay(order, id: "pay_2")
    shop.clock.advance(.seconds(900))
    #expect(try await look() == [.credited])
  }
}

/// A Razorpay that supports every call but a capture.
private struct NeverCapturing: PaymentGateway {
  let base: FakePaymentGateway
  init(_ base: FakePaymentGateway) { self.base = base }

  func capture(_ id: String, _ money: Money, within: Duration?) async throws(GatewayError) -> GatewayPayment {
    throw .unavailable(mayHaveActed: false)
  }
  func createOrder(receipt: String, _ money: Money) async throws(GatewayError) -> String {
    try await base.createOrder(receipt: receipt, money)
  }
  func order(receipt: String) async throws(GatewayError) -> String? { try await base.order(receipt: receipt) }
  func payment(_ id: String, within: Duration?) async throws(GatewayError) -> GatewayPayment {
    try await base.payment(id, within: within)
  }
  func payments(ofOrder id: String) async throws(GatewayError) -> [GatewayPayment] {
    try await base.payments(ofOrder: id)
  }
  func payments(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayPayment] {
    try await base.payments(in: period)
  }
  func refund(
    _ id: String, _ amount: Paise, key: String, within: Duration?
  ) async throws(GatewayError) -> GatewayRefund {
    try await base.refund(id, amount, key: key, within: within)
  }
  func refund(_ id: String, within: Duration?) async throws(GatewayError) -> GatewayRefund {
    try await base.refund(id, within: within)
  }
  func refunds(ofPayment id: String, within: Duration?) async throws(GatewayError) -> [GatewayRefund] {
    try await base.refunds(ofPayment: id, within: within)
  }
  func refunds(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayRefund] {
    try await base.refunds(in: period)
  }
  func disputes(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayDispute] {
    try await base.disputes(in: period)
  }
}
