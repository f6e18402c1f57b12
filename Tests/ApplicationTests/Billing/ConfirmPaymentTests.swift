import Application
import Domain
import Fakes
import Testing

@Suite("Bringing a payment into the books")
struct ConfirmPaymentTests {
  let shop = Shop()

  private func confirm(_ payment: GatewayPayment, _ order: Order) async throws -> PaymentOutcome {
    let current = try #require(try await shop.orders.order(order.id))
    return try await shop.confirm(payment, of: current, cause: "test")
  }

  @Test("an authorized payment is captured, and credited when it is")
  func authorized() async throws {
    let order = try await shop.place()
    let payment = shop.pay(order, .authorized)
    #expect(try await confirm(payment, order) == .captured(balance: .minutes(10)))
    #expect(shop.gateway.calls.last == .capture("pay_1"))
    #expect(shop.payments.payment("pay_1")?.status == .captured)
  }

  @Test(
    "an authorized payment that cannot be captured is pending, and noted",
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

  @Test("a payment that has only begun is pending and leaves no trace")
  func created() async throws {
    let order = try await shop.place()
    #expect(try await confirm(shop.pay(order, .created), order) == .pending)
    #expect(shop.payments.payment("pay_1") == nil)
  }

  @Test("a failed payment is noted, and the same payment is credited when it was captured after all")
  func failedIsNeverFinal() async throws {
    let order = try await shop.place()
    #expect(try await confirm(shop.pay(order, .failed), order) == .failed)
    #expect(try await shop.status(order) == .failed)
    #expect(try await confirm(shop.pay(order, .captured), order) == .captured(balance: .minutes(10)))
    #expect(try await confirm(shop.pay(order, .failed), order) == .failed)
    #expect(try await shop.status(order) == .paid)
    #expect(try await shop.balance() == .minutes(10))
  }

  @Test("a second captured payment is sent back whole, under one key however often it is seen")
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

  @Test("a surplus that cannot be sent back now is tried again")
  func surplusWaits() async throws {
    let order = try await shop.place()
    _ = try await confirm(shop.pay(order), order)
    let second = shop.pay(order, id: "pay_2")
    shop.gateway.fail(with: .unavailable(mayHaveActed: true))
    #expect(try await confirm(second, order) == .returned)
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.requested])
    shop.gateway.fail(with: nil)
    shop.clock.advance(.seconds(31))
    for refund in try await shop.refunds.takeDue(limit: 5) { try await shop.sendRefund(refund, cause: "test") }
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.processed])
  }

  @Test("a second authorized payment of a paid order is left alone: uncaptured, it goes back by itself")
  func secondAuthorized() async throws {
    let order = try await shop.place()
    _ = try await confirm(shop.pay(order), order)
    #expect(try await confirm(shop.pay(order, .authorized, id: "pay_2"), order) == .stale)
    #expect(!shop.gateway.calls.contains(.capture("pay_2")))
  }

  @Test("a payment that went back before it was credited buys nothing, whatever is heard of it later")
  func refundedFirst() async throws {
    let order = try await shop.place()
    #expect(try await confirm(shop.pay(order, .refunded), order) == .returned)
    #expect(try await shop.balance() == .zero)
    // The webhook of its capture comes late; Razorpay's record has it as refunded.
    let late = GatewayPayment(id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: order.price)
    #expect(try await confirm(late, order) == .returned)
    #expect(try await shop.balance() == .zero)
    #expect(try await shop.status(order) == .created)
    #expect(try await confirm(shop.pay(order, id: "pay_2"), order) == .captured(balance: .minutes(10)))
  }

  @Test("an amount in another currency is parked")
  func currency() async throws {
    let order = try await shop.place()
    let money = Money(order.price.amount, try #require(Currency("USD")))
    let payment = GatewayPayment(id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: money)
    await #expect(throws: BillingError.paymentMismatch) { try await confirm(payment, order) }
    #expect(shop.payments.payment("pay_1")?.status == .mismatch)
    #expect(try await shop.balance() == .zero)
  }
}
