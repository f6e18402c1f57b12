import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Comparing our records with Razorpay's")
struct PaymentComparisonTests {
  private let order = PaymentComparisonTests.order(.created)
  private let money = Money(Paise(19_900))

  private static func order(_ status: OrderStatus, _ id: String = "order_1") -> Order {
    Order(
      id: OrderID(UUID()), user: UserID(UUID()), packID: "ten-minutes", talkTime: .minutes(10),
      price: Money(Paise(19_900)), status: status, razorpayOrderID: id, createdAt: Date(timeIntervalSince1970: 0))
  }

  private func there(_ status: GatewayPaymentStatus, amount: Int64 = 19_900, refunded: Int64 = 0) -> GatewayPayment {
    GatewayPayment(
      id: "pay_1", orderID: "order_1", status: status, money: Money(Paise(amount)), refunded: Paise(refunded))
  }

  private func here(credited: Bool = true, refunded: Int64 = 0) -> RecordedPayment {
    RecordedPayment(id: "pay_1", order: order.id, money: money, isCredited: credited, refunded: Paise(refunded))
  }

  private func compare(
    _ payment: GatewayPayment?, _ recorded: RecordedPayment?, order: Order? = nil, unknown: [RecordedPayment] = [],
    refund: GatewayRefund? = nil, recordedRefund: RecordedRefund? = nil
  ) -> [PaymentDiscrepancy] {
    PaymentComparison(
      payments: payment.map { [$0] } ?? [], refunds: refund.map { [$0] } ?? [], unknown: unknown,
      orders: ["order_1": order ?? self.order], recordedPayments: recorded.map { [$0.id: $0] } ?? [:],
      recordedRefunds: recordedRefund.map { [$0.id: $0] } ?? [:]
    ).differences
  }

  @Test("records that agree have no differences")
  func agree() {
    #expect(compare(there(.captured), here()) == [])
    #expect(compare(there(.refunded, refunded: 19_900), here(refunded: 19_900)) == [])
    #expect(compare(there(.failed), nil) == [])
    #expect(compare(there(.authorized), here(credited: false)) == [])
  }

  @Test("a payment that Razorpay captured and we did not credit is a difference")
  func notCredited() {
    let expected = PaymentDiscrepancy.notCredited(payment: "pay_1", order: order.id, money)
    #expect(compare(there(.captured), nil) == [expected])
    #expect(compare(there(.captured), here(credited: false)) == [expected])
  }

  @Test("a payment in an unknown state at Razorpay is a difference")
  func unknownStatus() {
    let status = GatewayPaymentStatus.unknown("on_hold")
    #expect(compare(there(status), nil) == [.unknownStatus(payment: "pay_1", order: order.id, status)])
    #expect(compare(there(status), here()) == [.notCaptured(payment: "pay_1", order: order.id, status)])
  }

  @Test(
    "a dispute that is unknown here, or in another state, is a difference",
    arguments: [
      (DisputeStatus.created, nil, true), (.lost, nil, true), (.lost, .created, true), (.won, .underReview, true),
      (.lost, .won, true), (.created, .lost, true), (.underReview, .created, true), (.created, .created, false),
      (.created, .actionRequired, false), (.created, .underReview, false), (.lost, .lost, false),
    ] as [(DisputeStatus, DisputeStatus?, Bool)])
  func dispute(there: DisputeStatus, here: DisputeStatus?, differs: Bool) {
    let dispute = GatewayDispute(id: "disp_1", paymentID: "pay_1", money: money, status: there)
    func compare(_ recorded: [String: RecordedPayment]) -> [PaymentDiscrepancy] {
      PaymentComparison(
        payments: [self.there(.captured)], refunds: [], disputes: [dispute], unknown: [], orders: ["order_1": order],
        recordedPayments: recorded, recordedRefunds: [:], recordedDisputes: here.map { ["disp_1": $0] } ?? [:]
      ).differences
    }
    #expect(compare(["pay_1": self.here()]) == (differs ? [.dispute(dispute, here: here)] : []))
  }

  @Test("a surplus payment of a paid order that was not returned is a difference")
  func surplus() {
    let paid = Self.order(.paid)
    #expect(compare(there(.captured), nil, order: paid) == [.notReturned(payment: "pay_1", order: paid.id, money)])
    #expect(compare(there(.refunded, refunded: 19_900), nil, order: paid) == [])
  }

  @Test("a payment that we credited and that Razorpay has as failed or not at all is a difference")
  func notCaptured() {
    #expect(compare(there(.failed), here()) == [.notCaptured(payment: "pay_1", order: order.id, .failed)])
    #expect(compare(nil, nil, unknown: [here()]) == [.notCaptured(payment: "pay_1", order: order.id, nil)])
  }

  @Test("amounts and refunded amounts that differ are a difference")
  func amounts() {
    let other = Money(Paise(19_901))
    #expect(
      compare(there(.captured, amount: 19_901), here()) == [.amount(payment: "pay_1", here: money, there: other)])
    #expect(compare(there(.captured, amount: 19_901), nil) == [.amount(payment: "pay_1", here: money, there: other)])
    #expect(
      compare(there(.captured, refunded: 100), here()) == [
        .refunded(payment: "pay_1", here: .zero, there: Paise(100))
      ])
  }

  @Test("refunds that are unknown here, or in another state, are a difference")
  func refunds() {
    let refund = GatewayRefund(id: "rfnd_1", paymentID: "pay_1", money: money, status: .processed, receipt: nil)
    let pending = RecordedRefund(id: "rfnd_1", money: money, status: .pending)
    let payment = there(.refunded, refunded: 19_900)
    #expect(compare(payment, here(refunded: 19_900), refund: refund) == [.refund(refund, here: nil)])
    #expect(
      compare(payment, here(refunded: 19_900), refund: refund, recordedRefund: pending) == [
        .refund(refund, here: pending)
      ])
    let same = RecordedRefund(id: "rfnd_1", money: money, status: .processed)
    #expect(compare(payment, here(refunded: 19_900), refund: refund, recordedRefund: same) == [])
    #expect(compare(payment, here(credited: false), refund: refund) == [])
  }

  @Test("a payment that is not for an order of ours is ignored")
  func foreign() {
    let payment = GatewayPayment(id: "pay_9", orderID: "order_9", status: .captured, money: money)
    #expect(compare(payment, nil) == [])
    #expect(compare(GatewayPayment(id: "pay_8", orderID: nil, status: .captured, money: money), nil) == [])
  }

  @Test("every difference is one line that names the payment")
  func lines() {
    for difference in compare(there(.captured), nil) + compare(there(.failed), here()) {
      #expect(difference.description.contains("pay_1") && !difference.description.contains("\n"))
    }
  }

  @Test("of records with some differences, exactly those are found", arguments: 0..<100)
  func property(seed: UInt64) {
    var random = Seeded(seed)
    var payments: [GatewayPayment] = []
    var orders: [String: Order] = [:]
    var recorded: [String: RecordedPayment] = [:]
    var unknown: [RecordedPayment] = []
    var expected: Set<String> = []
    for number in 0..<Int.random(in: 0...40, using: &random) {
      let id = "pay_\(number)"
      let order = Self.order(.created, "order_\(number)")
      orders["order_\(number)"] = order
      let entry = RecordedPayment(id: id, order: order.id, money: order.price, isCredited: true, refunded: .zero)
      let status =
        [GatewayPaymentStatus.captured, .failed, .authorized, .created].randomElement(using: &random) ?? .failed
      payments.append(
        GatewayPayment(id: id, orderID: order.razorpayOrderID, status: status, money: order.price))
      switch (status == .captured, Int.random(in: 0..<4, using: &random)) {
      case (true, 0), (false, 1): expected.insert(id)
      default: break
      }
      if (status == .captured) != expected.contains(id) { recorded[id] = entry }
      if Int.random(in: 0..<8, using: &random) == 0 {
        let lost = RecordedPayment(
          id: "lost_\(number)", order: order.id, money: order.price, isCredited: true, refunded: .zero)
        unknown.append(lost)
        expected.insert(lost.id)
      }
    }
    let differences = PaymentComparison(
      payments: payments.shuffled(using: &random), refunds: [], unknown: unknown, orders: orders,
      recordedPayments: recorded, recordedRefunds: [:]
    ).differences
    let found = differences.map { difference in
      switch difference {
      case .notCredited(let id, _, _), .notCaptured(let id, _, _): id
      default: "other"
      }
    }
    #expect(found.count == Set(found).count && Set(found) == expected)
  }
}
