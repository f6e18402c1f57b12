import Application
import Domain
import Fakes
import Testing

@Suite("An operator's refund")
struct RefundOrderTests {
  let shop = Shop()

  private func refund(
    _ order: Order, _ amount: Int64? = nil, force: Bool = false, key: String = "key"
  ) async throws -> Refund {
    try await shop.refund(
      RefundInstruction(
        order: order.id, amount: amount.map { Paise($0) }, force: force, reason: "a test", actor: shop.user, key: key))
  }

  /// One turn of the worker.
  private func work() async throws -> [Refund] {
    var sent: [Refund] = []
    for refund in try await shop.refunds.claimDue(limit: 20) {
      sent.append(try await shop.sendRefund(refund, cause: "refund_worker"))
    }
    return sent
  }

  private func asked(_ refund: Refund) -> Int {
    shop.gateway.calls.count {
      $0 == .refund(refund.paymentID, refund.money.amount, key: refund.id.description)
    }
  }

  @Test("a refund is recorded, requested under its own id, and settled")
  func processed() async throws {
    let order = try await shop.paidOrder()
    let refund = try await refund(order, 9_950)
    #expect(refund.status == .processed && refund.razorpayID == "rfnd_1" && refund.talkTime == .minutes(5))
    #expect(asked(refund) == 1)
    #expect(try await shop.balance() == .minutes(5))
    #expect(try await shop.status(order) == .partiallyRefunded)
    #expect(shop.refunds.told == 1)
    // The same key again sends no request to Razorpay.
    #expect(try await self.refund(order, 9_950) == refund)
    #expect(asked(refund) == 1)
    #expect(try await shop.refunds.claimDue(limit: 20).isEmpty)
  }

  @Test("a pending refund holds the talk time until Razorpay reports its outcome", arguments: [true, false])
  func pending(isProcessed: Bool) async throws {
    let order = try await shop.paidOrder()
    shop.gateway.answerRefunds(with: .pending)
    let refund = try await refund(order, 9_950)
    #expect(refund.status == .pending)
    #expect(shop.wallets.wallet(of: shop.user).held == .minutes(5))
    shop.gateway.record(
      GatewayRefund(
        id: "rfnd_1", paymentID: refund.paymentID, money: refund.money, status: isProcessed ? .processed : .failed,
        receipt: refund.id.description))
    shop.clock.advance(.seconds(3_601))
    #expect(try await work().map(\.status) == [isProcessed ? .processed : .failed])
    #expect(shop.gateway.calls.last == .refundRecord("rfnd_1"))
    #expect(try await shop.balance() == .minutes(isProcessed ? 5 : 10))
    #expect(asked(refund) == 1)
  }

  @Test("a refund that Razorpay refuses is answered as refused for each repeat, and the talk time is back")
  func refused() async throws {
    let order = try await shop.paidOrder()
    shop.gateway.failRefunds(with: .refused(code: "BAD_REQUEST_ERROR"))
    for _ in 0..<2 {
      await #expect(throws: BillingError.refundRefused) { try await refund(order, 9_950) }
    }
    #expect(shop.wallets.wallet(of: shop.user) == Wallet(available: .minutes(10), held: .zero, owed: .zero))
    #expect(try await shop.status(order) == .paid)
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.failed])
    // Another key is another refund.
    shop.gateway.failRefunds(with: nil)
    #expect(try await refund(order, 9_950, key: "another").status == .processed)
  }

  @Test(
    "a refusal after Razorpay made the refund does not count: Razorpay's own list has the refund",
    arguments: [true, false])
  func noAfterTheAct(isNotFound: Bool) async throws {
    let order = try await shop.paidOrder()
    shop.gateway.failRefunds(with: isNotFound ? .notFound : .refused(code: "BAD_REQUEST_ERROR"), afterEffect: true)
    let first = try await refund(order, 9_950)
    #expect(first.status == (isNotFound ? .requested : .processed))
    shop.clock.advance(.seconds(31))
    _ = try await work()
    #expect(try await shop.refunds.refunds(of: order.id).map(\.status) == [.processed])
    #expect(try await shop.gateway.refunds(ofPayment: "pay_1").count == 1)
    #expect(try await shop.balance() == .minutes(5))
  }

  @Test("a 404 is no refusal: the refund waits, and is sent once the path is right")
  func wrongPath() async throws {
    let order = try await shop.paidOrder()
    shop.gateway.failRefunds(with: .notFound)
    #expect(try await refund(order, 9_950).status == .requested)
    shop.gateway.failRefunds(with: nil)
    shop.clock.advance(.seconds(31))
    #expect(try await work().map(\.status) == [.processed])
  }

  @Test("a refund that Razorpay accepted and the bank reversed is answered with its state")
  func bankReturned() async throws {
    let order = try await shop.paidOrder()
    let sent = try await refund(order, 9_950)
    _ = try await shop.refunds.record(
      GatewayRefund(
        id: "rfnd_1", paymentID: sent.paymentID, money: sent.money, status: .failed, receipt: sent.id.description),
      of: order.id, cause: "test")
    #expect(try await refund(order, 9_950).status == .failed)
  }

  @Test(
    "while Razorpay is down the refund waits in the database, and exactly one is sent later",
    arguments: [
      GatewayError.unavailable(mayHaveActed: true), .credentialsRefused,
    ])
  func away(error: GatewayError) async throws {
    let order = try await shop.paidOrder()
    shop.gateway.fail(with: error)
    let refund = try await refund(order, 9_950)
    #expect(refund.status == .requested && refund.razorpayID == nil)
    #expect(shop.wallets.wallet(of: shop.user).held == .minutes(5))
    shop.clock.advance(.seconds(31))
    #expect(try await work().map(\.status) == [.requested])
    shop.gateway.fail(with: nil)
    shop.clock.advance(.seconds(3_600))
    #expect(try await work().map(\.status) == [.processed])
    shop.clock.advance(.seconds(3_600))
    #expect(try await work().isEmpty)
    #expect(try await shop.gateway.refunds(ofPayment: "pay_1").count == 1)
    #expect(try await shop.balance() == .minutes(5))
  }

  @Test(
    "after a lost answer the refund is sent once, whether a repeat or the worker continues it",
    arguments: [true, false])
  func lostAnswer(repeatsKey: Bool) async throws {
    let order = try await shop.paidOrder()
    shop.gateway.loseNextAnswer()
    #expect(try await refund(order, 9_950).status == .requested)
    if repeatsKey {
      #expect(try await refund(order, 9_950).status == .processed)
    } else {
      shop.clock.advance(.seconds(31))
      #expect(try await work().map(\.status) == [.processed])
    }
    #expect(try await shop.gateway.refunds(ofPayment: "pay_1").count == 1)
    #expect(try await shop.refunds.refunds(of: order.id).count == 1)
    #expect(try await shop.balance() == .minutes(5))
  }

  @Test("a refund of too much reaches neither the database nor Razorpay")
  func tooMuch() async throws {
    let order = try await shop.paidOrder()
    let calls = shop.gateway.calls.count
    await #expect(throws: BillingError.refundExceedsPayment(left: Paise(19_900))) {
      try await refund(order, 19_901, force: true)
    }
    let unpaid = try await shop.place()
    let before = shop.gateway.calls.count
    await #expect(throws: BillingError.notRefundable) { try await refund(unpaid, 100, force: true) }
    #expect(shop.gateway.calls.count == before && before == calls + 1)
    #expect(try await shop.refunds.refunds(of: order.id).isEmpty)
  }
}
