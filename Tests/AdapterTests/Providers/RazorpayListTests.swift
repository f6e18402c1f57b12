import Application
import Domain
import Foundation
import HTTPTransport
import RazorpayAdapter
import Synchronization
import TestInfrastructure
import Testing

@Suite("Razorpay's lists")
struct RazorpayListTests {
  private let server = ScriptedServer()
  private let passedOver = PassedOver()

  private final class PassedOver: Sendable {
    private let all = Mutex<[String]>([])
    var ids: [String] { all.withLock { $0 } }
    func add(_ id: String) { all.withLock { $0.append(id) } }
  }

  private var gateway: RazorpayGateway {
    RazorpayGateway(
      http: server, baseURL: "http://127.0.0.1", keyID: "key", keySecret: "secret",
      onUnreadable: { [passedOver] in passedOver.add($0) })
  }

  private let period = ReconciliationPeriod(
    from: Date(timeIntervalSince1970: 0), to: Date(timeIntervalSince1970: 86_400))

  private func payment(_ id: String, status: String = "captured", amount: String = "19900") -> String {
    #"{"id":"\#(id)","order_id":"order_1","status":"\#(status)","amount":\#(amount),"currency":"INR"}"#
  }

  private func list(_ items: [String]) -> Result<HTTPClientResponse, TransportError> {
    .status(200, [], #"{"entity":"collection","count":\#(items.count),"items":[\#(items.joined(separator: ","))]}"#)
  }

  @Test("a payment in an unknown state is reported, and the rest is read")
  func unknownStatus() async throws {
    server.answer(list([payment("pay_1"), payment("pay_2", status: "on_hold"), payment("pay_3", status: "failed")]))
    let payments = try await gateway.payments(ofOrder: "order_1")
    #expect(payments.map(\.id) == ["pay_1", "pay_2", "pay_3"])
    #expect(payments.map(\.status) == [.captured, .unknown("on_hold"), .failed])
    #expect(passedOver.ids == [])
  }

  @Test("an unreadable item is skipped and reported, and the rest is read")
  func unreadable() async throws {
    server.answer(
      list([
        payment("pay_1"), payment("pay_2", amount: #""much""#), "7", "null",
        payment("pay_3").replacing("INR", with: "rupees"), payment("pay_4"),
      ]))
    #expect(try await gateway.payments(in: period).map(\.id) == ["pay_1", "pay_4"])
    #expect(passedOver.ids == ["pay_2", "item 2", "item 3", "pay_3"])
  }

  @Test("a search for a refund fails if the list cannot be read completely")
  func refundsOfPayment() async throws {
    let good = #"{"id":"rfnd_1","payment_id":"pay_1","status":"held","amount":100,"currency":"INR","receipt":"r"}"#
    server.answer(list([good]))
    #expect(try await gateway.refunds(ofPayment: "pay_1", within: nil).map(\.status) == [.unknown("held")])
    server.answer(list([good, #"{"id":"rfnd_2"}"#]))
    await #expect(throws: GatewayError.unavailable(mayHaveActed: false)) {
      try await gateway.refunds(ofPayment: "pay_1", within: nil)
    }
    #expect(passedOver.ids == ["rfnd_2"])
  }

  @Test("an order that cannot be read is not treated as missing")
  func orderByReceipt() async throws {
    server.answer(list([]))
    #expect(try await gateway.order(receipt: "r") == nil)
    server.answer(list(["{}"]))
    await #expect(throws: GatewayError.unavailable(mayHaveActed: false)) { try await gateway.order(receipt: "r") }
  }

  @Test("all pages are read, and a page without new items ends the list")
  func pages() async throws {
    let first = (0..<100).map { payment("pay_\($0)") }
    server.answer(list(first), list([payment("pay_100")]))
    #expect(try await gateway.payments(in: period).count == 101)
    #expect(server.asked.last?.url.contains("skip=100") == true)
    server.answer(list(first))
    #expect(try await gateway.payments(in: period).count == 100)
    #expect(server.asked.count == 4)
  }
}
