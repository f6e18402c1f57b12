import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Verifying Checkout's response")
struct VerifyPaymentTests {
  let shop = Shop()

  private func verify(
    _ order: Order, _ payment: String, signature: String? = nil, by user: UserID? = nil
  ) async throws -> PaymentOutcome {
    let razorpayID = try #require(order.razorpayOrderID)
    return try await shop.verify(
      order: razorpayID, payment: payment,
      signature: signature ?? FakePaymentSignatureVerifier.checkout(order: razorpayID, payment: payment),
      by: user ?? shop.user, request: "r1")
  }

  @Test("a captured payment is credited, once however often it is verified")
  func captured() async throws {
    let order = try await shop.place()
    _ = shop.pay(order)
    for _ in 0..<3 {
      #expect(try await verify(order, "pay_1") == .captured(balance: .minutes(10)))
    }
    #expect(try await shop.balance() == .minutes(10))
    #expect(try await shop.status(order) == .paid)
    #expect(shop.payments.told == ["payment.captured"])
  }

  @Test("another user's order is not found, with any signature, and no request goes to Razorpay")
  func anothersOrder() async throws {
    let order = try await shop.place()
    _ = shop.pay(order)
    await #expect(throws: BillingError.orderNotFound) { try await verify(order, "pay_1", by: UserID(UUID())) }
    await #expect(throws: BillingError.orderNotFound) {
      try await shop.verify(
        order: "order_nobodys", payment: "pay_1", signature: "order_nobodys|pay_1", by: shop.user,
        request: "r1")
    }
    #expect(!shop.gateway.calls.contains(.payment("pay_1")))
    #expect(try await shop.balance() == .zero)
  }

  @Test(
    "a wrong signature credits nothing, and no request goes to Razorpay", arguments: ["", "wrong", "order_1|pay_1"])
  func invalidSignature(signature: String) async throws {
    let order = try await shop.place()
    _ = shop.pay(order)
    await #expect(throws: BillingError.invalidSignature) { try await verify(order, "pay_1", signature: signature) }
    #expect(!shop.gateway.calls.contains(.payment("pay_1")))
    #expect(try await shop.balance() == .zero)
  }

  @Test("a payment is pending while Razorpay is away, and credited afterwards", arguments: [true, false])
  func away(mayHaveActed: Bool) async throws {
    let order = try await shop.place()
    _ = shop.pay(order)
    shop.gateway.fail(with: .unavailable(mayHaveActed: mayHaveActed))
    #expect(try await verify(order, "pay_1") == .pending)
    #expect(try await shop.balance() == .zero)
    shop.gateway.fail(with: nil)
    #expect(try await verify(order, "pay_1") == .captured(balance: .minutes(10)))
  }

  @Test("a payment is pending while Razorpay refuses our key, which says nothing about the payment")
  func refusedKey() async throws {
    let order = try await shop.place()
    _ = shop.pay(order)
    shop.gateway.fail(with: .credentialsRefused)
    #expect(try await verify(order, "pay_1") == .pending)
    #expect(shop.payments.payment("pay_1") == nil)
  }

  @Test("a payment that Razorpay does not know is a mismatch")
  func unknownPayment() async throws {
    let order = try await shop.place()
    await #expect(throws: BillingError.paymentMismatch) { try await verify(order, "pay_1") }
  }

  @Test("a payment of another amount is parked and credits nothing", arguments: [Int64(1), 19_899, 19_901])
  func mismatch(amount: Int64) async throws {
    let order = try await shop.place()
    _ = shop.pay(order, amount: amount)
    await #expect(throws: BillingError.paymentMismatch) { try await verify(order, "pay_1") }
    #expect(shop.payments.payment("pay_1")?.status == .mismatch)
    #expect(try await shop.gateway.refunds(ofPayment: "pay_1").map(\.money.amount) == [Paise(amount)])
    #expect(try await shop.status(order) == .created)
    #expect(try await shop.balance() == .zero)
  }

  @Test(
    "all requests of a verification share one time budget", arguments: ["authorized", "surplus", "refused", "mismatch"])
  func oneBudget(way: String) async throws {
    let order = try await shop.place()
    switch way {
    case "authorized": _ = shop.pay(order, .authorized)
    case "mismatch": _ = shop.pay(order, amount: 1)
    default:
      _ = shop.pay(order, id: "pay_0")
      _ = try await verify(order, "pay_0")
      _ = shop.pay(order)
      if way == "refused" { shop.gateway.failRefunds(with: .refused(code: "BAD_REQUEST_ERROR")) }
    }
    let before = shop.gateway.deadlines.count
    _ = try? await verify(order, "pay_1")
    let deadlines = shop.gateway.deadlines.dropFirst(before).map { $0 ?? .seconds(60) }
    #expect(deadlines.count == (way == "refused" ? 3 : 2))
    // Each call has the time that the calls before it have left.
    #expect(deadlines.allSatisfy { $0 <= .milliseconds(2_700) } && deadlines == deadlines.sorted(by: >))
  }

  @Test("a request to Razorpay without time left is left to the worker")
  func spent() async throws {
    let order = try await shop.place()
    _ = try await shop.confirm(shop.pay(order), of: order, cause: "test")
    let second = shop.pay(order, id: "pay_2")
    let calls = shop.gateway.calls.count
    let outcome = try await shop.confirm(second, of: order, cause: "test", within: ProviderTimeBudget(.zero))
    #expect(outcome == .returning && shop.gateway.calls.count == calls)
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.requested])
    let other = try await shop.place()
    let authorized = shop.pay(other, .authorized, id: "pay_3")
    #expect(try await shop.confirm(authorized, of: other, cause: "test", within: ProviderTimeBudget(.zero)) == .pending)
  }

  @Test("a payment of another order is parked, too")
  func anotherOrdersPayment() async throws {
    let order = try await shop.place()
    let other = try await shop.place()
    _ = shop.pay(other)
    await #expect(throws: BillingError.paymentMismatch) { try await verify(order, "pay_1") }
    #expect(try await shop.balance() == .zero)
    #expect(try await verify(other, "pay_1") == .captured(balance: .minutes(10)))
  }
}
