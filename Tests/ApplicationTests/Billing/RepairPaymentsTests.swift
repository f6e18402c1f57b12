import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Repairing the records of a period")
struct RepairPaymentsTests {
  let shop = Shop()

  /// Payment records with the content of the shop's fakes.
  private struct RecordedPayments: ReconciliationRecordReader {
    let shop: Shop

    func orders(razorpayIDs: [String]) async throws(BillingError) -> [String: Order] {
      var found: [String: Order] = [:]
      for id in razorpayIDs { found[id] = try await shop.orders.order(razorpayID: id) }
      return found
    }

    func payments(_ ids: [String]) async throws(BillingError) -> [RecordedPayment] {
      var found: [RecordedPayment] = []
      for id in ids {
        guard let noted = shop.payments.payment(id), let order = try await shop.orders.order(noted.order) else {
          continue
        }
        found.append(
          RecordedPayment(
            id: id, order: order.id, money: order.price, isCredited: noted.isCredited, refunded: .zero))
      }
      return found
    }

    func credited(in period: ReconciliationPeriod) async throws(BillingError) -> [RecordedPayment] { [] }

    func refunds(_ razorpayIDs: [String]) async throws(BillingError) -> [RecordedRefund] { [] }

    func disputes(_ razorpayIDs: [String]) async throws(BillingError) -> [String: DisputeStatus] { [:] }
  }

  private func repair() async throws -> PaymentRepairReport {
    try await RepairPayments(
      compare: ComparePeriod(gateway: shop.gateway, records: RecordedPayments(shop: shop)),
      repair: RepairDifferences(confirm: shop.confirm, refunds: shop.refundUpdates))(
        ReconciliationPeriod(from: Date(timeIntervalSince1970: 0), to: Date(timeIntervalSince1970: 1)))
  }

  @Test("a payment that the repair credits is reported as repaired")
  func credited() async throws {
    let order = try await shop.place()
    _ = shop.pay(order)
    let report = try await repair()
    #expect(report.repaired.count == 1 && report.standing.isEmpty)
    #expect(try await repair() == PaymentRepairReport(repaired: [], standing: []))
  }

  @Test("a return that Razorpay refuses is not reported as repaired, however often it is tried")
  func refused() async throws {
    let order = try await shop.paidOrder()
    _ = shop.pay(order, id: "pay_2")
    shop.gateway.failRefunds(with: .refused(code: "BAD_REQUEST_ERROR"))
    for _ in 0..<3 {
      let report = try await repair()
      #expect(report.repaired.isEmpty)
      #expect(report.standing == [.notReturned(payment: "pay_2", order: order.id, order.price)])
    }
    shop.gateway.failRefunds(with: nil)
    shop.clock.advance(.seconds(60))
    for refund in try await shop.refunds.claimDue(limit: 5) { try await shop.sendRefund(refund, cause: "test") }
    #expect(try await repair().standing.isEmpty)
  }

  @Test("a second payment that is returned at once is reported as repaired")
  func returned() async throws {
    let order = try await shop.paidOrder()
    _ = shop.pay(order, id: "pay_2")
    let report = try await repair()
    #expect(report.repaired == [.notReturned(payment: "pay_2", order: order.id, order.price)])
    #expect(report.standing.isEmpty)
  }
}
