import Domain
import FoundationEssentials
import Testing

/// Every order of these tests sells ten minutes (600,000 ms) for 19,900 paise, unless a test names another amount.
@Suite("An order's aggregate")
struct OrderAggregateTests {
  @Test("the first captured payment credits the order, and a second one is surplus")
  func captures() throws {
    var ledger = OrderLedger()
    #expect(try ledger.capture() == .credited)
    #expect(try ledger.capture() == .credited)
    #expect(try ledger.capture(ledger.payment(id: "pay_2")) == .surplus)
    #expect(ledger.wallet.available == .minutes(10))
    #expect(ledger.status == .paid && ledger.aggregate.creditedPayment == "pay_1")
    #expect(ledger.references == ["payment:pay_1"] && ledger.told == ["payment.captured"])
  }

  @Test("a payment that credited another order is refused")
  func creditedElsewhere() throws {
    let other = OrderPayment(
      id: "pay_1", order: OrderID(UUID()), money: Money(Paise(19_900)), status: .captured, isCredited: true)
    let ledger = OrderLedger()
    var aggregate = OrderAggregate(ledger.aggregate.order, payments: [other])
    #expect(throws: OrderAggregateError.creditedElsewhere) { try aggregate.capture(ledger.payment()) }
  }

  @Test("a payment that was parked under another order moves to its own, and its credit stays where it is")
  func parked() throws {
    let ledger = OrderLedger()
    for isCredited in [false, true] {
      let elsewhere = OrderID(UUID())
      let parked = OrderPayment(
        id: "pay_1", order: elsewhere, money: Money(Paise(19_900)), status: .mismatch, isCredited: isCredited)
      var aggregate = OrderAggregate(ledger.aggregate.order, payments: [parked])
      aggregate.note(ledger.payment(.authorized), mismatch: false)
      #expect(aggregate.payments.map(\.order) == [isCredited ? elsewhere : ledger.aggregate.order.id])
    }
  }

  @Test("a payment's state rises by rank, in whichever order the reports come")
  func ranks() {
    #expect(
      PaymentStatus.allCases.shuffled().sorted() == [.mismatch, .failed, .authorized, .captured, .refunded])
  }

  @Test("an order that sells no talk time is closed by a payment, which is returned")
  func sellsNothing() throws {
    var aggregate = OrderAggregate(OrderLedger(talkTime: .zero).aggregate.order)
    #expect(try aggregate.capture(OrderLedger().payment()) == .surplus)
    #expect(aggregate.order.status == .expired && aggregate.isClosed && aggregate.steps.isEmpty)
  }

  @Test("a reversed refund gives back by an entry of its own, and a pending one that fails by a release")
  func entries() throws {
    var ledger = OrderLedger()
    try ledger.capture()
    let (processed, pending) = (try ledger.request(9_950), try ledger.request(9_950))
    ledger.tell(.processed, processed)
    ledger.tell(.failed, processed)
    ledger.tell(.pending, pending)
    ledger.tell(.failed, pending)
    #expect(
      ledger.references == [
        "payment:pay_1", "refund:\(processed.id)", "refund:\(pending.id)", "refund:\(processed.id):settled",
        "refund:\(processed.id):returned", "refund:\(pending.id):released",
      ])
    #expect(ledger.wallet == Wallet(available: .minutes(10), held: .zero, owed: .zero))
  }

  @Test("a refund of the customer's fee alone takes no time, and gives none back when the bank returns it")
  func feeReturned() throws {
    var ledger = OrderLedger()
    try ledger.capture(ledger.payment(amount: 20_370))
    ledger.tell(.processed, 19_900, id: "rfnd_1")
    ledger.tell(.processed, 470, id: "rfnd_2")
    #expect(ledger.refunds.map(\.talkTime) == [.minutes(10), .zero] && ledger.wallet == .empty)
    let fee = try #require(ledger.refunds.last)
    ledger.tell(.failed, 470, id: "rfnd_2")
    #expect(ledger.refunds.last?.status == .failed && ledger.wallet == .empty)
    #expect(!ledger.references.contains("refund:\(fee.id):returned"))
  }

  @Test("a refund that was refused and succeeds after all has entries of its own")
  func revived() throws {
    var ledger = OrderLedger()
    try ledger.capture()
    let refund = try ledger.request(9_950)
    ledger.refuse(refund)
    ledger.tell(.pending, refund)
    ledger.tell(.failed, refund)
    #expect(
      ledger.references.dropFirst() == [
        "refund:\(refund.id)", "refund:\(refund.id):released", "refund:\(refund.id):again",
        "refund:\(refund.id):again:released",
      ])
    #expect(ledger.wallet.available == .minutes(10))
  }

  @Test("a refund without an amount is of the value of the unused talk time; more needs force")
  func amounts() throws {
    var ledger = OrderLedger()
    #expect(throws: OrderAggregateError.notRefundable) { try ledger.request() }
    try ledger.capture()
    ledger.talk(.minutes(4))
    #expect(throws: OrderAggregateError.refundExceedsUnspent(value: Paise(11_940))) {
      try ledger.request(11_941, force: false)
    }
    #expect(throws: OrderAggregateError.refundExceedsPayment(left: Paise(19_900))) { try ledger.request(19_901) }
    let refund = try ledger.request(key: "key")
    #expect(refund.money.amount == Paise(11_940) && refund.talkTime == .minutes(6))
    #expect(try ledger.request(key: "key") == refund)
    #expect(throws: OrderAggregateError.nothingToRefund) { try ledger.request() }
  }

  @Test("a return goes on until its payment is back, and is dropped if another refund took its place")
  func returns() throws {
    var ledger = OrderLedger()
    try ledger.capture()
    let second = ledger.payment(id: "pay_2")
    try ledger.capture(second)
    let first = try ledger.sendBack(second)
    ledger.refuse(first)
    #expect(ledger.refunds.map(\.attempt) == [1, 2])
    #expect(ledger.aggregate.waiting.map(\.refund.attempt) == [2])
    ledger.tell(.processed, 19_900, id: "rfnd_dashboard", of: "pay_2")
    #expect(ledger.refunds.map(\.status) == [.failed, .failed, .processed])
    #expect(ledger.aggregate.waiting.isEmpty && ledger.told.last == "payment.returned")
    #expect(ledger.wallet.available == .minutes(10))
  }

  @Test("a payment for a deleted account credits nothing and goes back, also after a return that failed")
  func ownerGone() throws {
    var ledger = OrderLedger(isOwnerGone: true)
    let payment = ledger.payment()
    #expect(try ledger.capture(payment) == .surplus)
    #expect(ledger.status == .expired && ledger.references.isEmpty)
    let refund = try ledger.sendBack(payment)
    #expect(refund.money == payment.money && refund.origin == .surplus)
    ledger.refuse(refund)
    #expect(ledger.refunds.map(\.attempt) == [1, 2])
    #expect(try ledger.capture(payment) == .surplus)
    ledger.tell(.processed, ledger.refunds[1])
    #expect(ledger.told.last == "payment.returned" && ledger.wallet == .empty)
  }

  @Test("a credited payment is no surplus")
  func noSurplus() throws {
    var ledger = OrderLedger()
    try ledger.capture()
    #expect(throws: OrderAggregateError.notRefundable) { try ledger.sendBack(ledger.payment()) }
  }

  @Test("an open dispute freezes the wallet; a lost one takes what no refund took")
  func disputes() throws {
    var ledger = OrderLedger()
    try ledger.capture()
    ledger.tell(.pending, try ledger.request(9_950))
    ledger.dispute(.created, 19_900)
    #expect(ledger.freezes == [.dispute("disp_1")] && ledger.status == .disputed)
    ledger.dispute(.lost, 19_900)
    #expect(ledger.freezes.isEmpty && ledger.refunds.map(\.money.amount.count) == [9_950, 9_950])
    let pending = ledger.refunds[0]
    ledger.tell(.failed, pending)
    // The lost dispute takes the part that the failed refund has released.
    #expect(ledger.refunds.map(\.money.amount.count) == [9_950, 9_950, 9_950])
    #expect(ledger.status == .refunded && ledger.wallet == .empty)
    ledger.dispute(.won, 19_900)
    #expect(ledger.status == .refunded)
  }

  @Test("a refund is checked at Razorpay after half a minute, then less often, and at least once an hour")
  func questions() throws {
    #expect(RefundCheckSchedule.pauses.prefix(4) == [.seconds(30), .seconds(60), .seconds(120), .seconds(240)])
    #expect(
      RefundCheckSchedule.pauses.last == .seconds(3_600) && RefundCheckSchedule.pause(after: .max) == .seconds(3_600))
    var aggregate = OrderLedger().aggregate
    _ = try aggregate.capture(OrderLedger().payment())
    let refund = aggregate.apply(
      GatewayRefund(id: "rfnd", paymentID: "pay_1", money: Money(Paise(100)), status: .pending, receipt: nil),
      newID: { RefundID(UUID()) })
    #expect(aggregate.refunds.map(\.question) == [.after(.seconds(3_600))])
    _ = aggregate.apply(
      GatewayRefund(
        id: "rfnd", paymentID: "pay_1", money: refund.money, status: .processed, receipt: nil),
      newID: { RefundID(UUID()) })
    #expect(aggregate.refunds.map(\.question) == [.never])
    var claimed = try #require(aggregate.refunds.first)
    #expect((0..<3).map { _ in claimed.claim() } == [.seconds(30), .seconds(60), .seconds(120)])
    #expect(claimed.refund.asked == 3)
  }
}
