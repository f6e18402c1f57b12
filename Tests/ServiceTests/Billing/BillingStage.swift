import Application
import Domain
import Fakes
import Foundation
import HTTPServing

@testable import BillingService

/// Billing over fakes.
struct BillingStage: ServiceStage {
  let serving = ServingFakes()
  let orders: InMemoryOrderRepository
  let wallets: InMemoryWallets
  let documents: InMemoryDocumentRepository
  let gateway = FakePaymentGateway()
  let operatorActions = InMemoryOperatorActions()
  var settings: BillingSettings
  var ports: BillingPorts

  init() throws {
    let clock = serving.clock
    orders = InMemoryOrderRepository(clock: clock)
    wallets = InMemoryWallets(clock: clock)
    documents = InMemoryDocumentRepository(clock: clock)
    settings = try Self.settings()
    let refunds = InMemoryRefundRepository(orders: orders, wallets: wallets, clock: clock)
    ports = BillingPorts(
      serving: serving.ports, orders: orders,
      payments: InMemoryPaymentRepository(orders: orders, wallets: wallets),
      webhooks: InMemoryPaymentWebhookInbox(clock: clock), refunds: refunds, documents: documents, wallet: wallets,
      statements: InMemoryStatementReader(wallets: wallets, orders: orders, documents: documents), wallets: wallets,
      operatorActions: operatorActions, figures: InMemoryBillingFigures(wallets: wallets, orders: orders),
      gateway: gateway, signatures: FakePaymentSignatureVerifier(),
      webhookReader: UnreadWebhooks())
    wallets.add(serving.user)
  }

  /// The limit of open orders is one.
  static func settings(_ more: [String: String] = [:]) throws -> BillingSettings {
    let own = [
      "RAZORPAY_KEY_ID": "rzp_test_key", "RAZORPAY_KEY_SECRET": "secret", "RAZORPAY_WEBHOOK_SECRET": "secret",
      "MAX_OPEN_ORDERS": "1", "OPERATOR_DAILY_GRANT_MS": "60000", "OPERATOR_DAILY_REFUND_PAISE": "19900",
    ]
    return try BillingSettings(TestSettings.reader(own.merging(more) { $1 }))
  }

  func api() throws -> ServiceAPI { try BillingModule(settings, ports).api }

  /// An order without a payment.
  func order() async throws -> Order {
    try await PlaceOrder(orders: orders, gateway: gateway)(OrderRequest(user: serving.user, packID: "ten-minutes"))
  }

  /// A payment of the order, known to Razorpay.
  func pay(_ order: Order, amount: Paise? = nil) -> GatewayPayment {
    let payment = GatewayPayment(
      id: "pay_1", orderID: order.razorpayOrderID, status: .captured, money: Money(amount ?? order.price.amount))
    gateway.pay(payment)
    return payment
  }

  func paidOrder() async throws -> Order {
    let order = try await order()
    _ = try await ApplyPaymentUpdate(payments: ports.payments, refunds: ports.refunds, gateway: gateway)(
      pay(order), of: order, cause: "test")
    documents.add(.sample(order.id, paymentID: "pay_1"))
    return order
  }

  /// The present month.
  var month: StatementMonth { StatementMonth(of: serving.clock.now()) }

  /// A month with a payment and its receipt, a refund and its credit note, a talk, and a grant.
  func settledMonth() async throws {
    let order = try await paidOrder()
    wallets.write("hold", "session:\(Self.talk):slice:1", of: serving.user) { $0.hold(upTo: .minutes(1)).change }
    serving.clock.advance(.seconds(40))
    wallets.write("settlement", "session:\(Self.talk):settlement", of: serving.user) {
      $0.settle(charge: .seconds(40), holds: .minutes(1))
    }
    wallets.write("grant", "operator:welcome", of: serving.user) { $0.credit(.seconds(10)) }
    let refund = try await ports.refunds.request(
      RefundInstruction(
        order: order.id, amount: Paise(5_000), force: false, reason: "a test", actor: serving.user, key: "key",
        dailyCap: nil))
    _ = try await ports.refunds.record(
      GatewayRefund(
        id: "rfnd_1", paymentID: refund.paymentID, money: refund.money, status: .processed,
        receipt: refund.id.description),
      of: order.id, cause: "test")
    documents.returned(Paise(5_000), of: order.id, id: refund.id.description, razorpayID: "rfnd_1")
    try await documents.issue()
  }

  static let talk = "AAAAAAAAAAAAAAAAAAAAAA"

  /// The body that Checkout gives the page.
  func verification(_ order: Order, signature: String? = nil) -> String {
    let id = order.razorpayOrderID ?? ""
    let signed = signature ?? FakePaymentSignatureVerifier.checkout(order: id, payment: "pay_1")
    return """
      {"razorpay_order_id":"\(id)","razorpay_payment_id":"pay_1","razorpay_signature":"\(signed)"}
      """
  }
}

/// The route of a webhook only keeps it.
private struct UnreadWebhooks: PaymentWebhookReader {
  func read(_ body: [UInt8]) -> PaymentNotification? { nil }
  func subject(of body: [UInt8]) -> String? { nil }
}
