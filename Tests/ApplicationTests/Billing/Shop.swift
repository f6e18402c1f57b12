import Application
import Domain
import Fakes
import FoundationEssentials
import RazorpayAdapter
import Testing

/// Billing's use cases over fakes.
struct Shop {
  let clock = FakeClock()
  let orders: InMemoryOrderRepository
  let wallets: InMemoryWallets
  let refunds: InMemoryRefundRepository
  let payments: InMemoryPaymentRepository
  let webhooks: InMemoryPaymentWebhookInbox
  let gateway = FakePaymentGateway()
  let user = UserID(UUID())

  init(packs: [Pack] = InMemoryOrderRepository.firstPacks) {
    orders = InMemoryOrderRepository(packs: packs, clock: clock)
    wallets = InMemoryWallets(clock: clock)
    refunds = InMemoryRefundRepository(orders: orders, wallets: wallets, clock: clock)
    payments = InMemoryPaymentRepository(orders: orders, wallets: wallets)
    webhooks = InMemoryPaymentWebhookInbox(clock: clock)
  }

  var placeOrder: PlaceOrder { PlaceOrder(orders: orders, gateway: gateway) }
  var confirm: ApplyPaymentUpdate { ApplyPaymentUpdate(payments: payments, refunds: refunds, gateway: gateway) }
  var verify: VerifyPayment {
    VerifyPayment(orders: orders, signatures: FakePaymentSignatureVerifier(), gateway: gateway, confirm: confirm)
  }
  var sendRefund: SendRefund { SendRefund(refunds: refunds, gateway: gateway) }
  var refund: RefundOrder { RefundOrder(refunds: refunds, send: sendRefund) }
  var refundUpdates: ApplyRefundOrDisputeUpdate {
    ApplyRefundOrDisputeUpdate(orders: orders, refunds: refunds, gateway: gateway)
  }
  var handle: HandlePaymentWebhook {
    HandlePaymentWebhook(
      reader: RazorpayWebhookReader(), orders: orders, confirm: confirm, refundUpdates: refundUpdates,
      webhooks: webhooks)
  }

  var reconcile: ReconcileOrder {
    ReconcileOrder(orders: orders, gateway: gateway, confirm: confirm, schedule: .standard)
  }

  func place() async throws -> Order { try await place("ten-minutes") }

  func place(_ packID: String, key: String? = nil) async throws -> Order {
    try await placeOrder(OrderRequest(user: user, packID: packID, key: key))
  }

  /// A payment of the order as Razorpay reports it, known to the fake gateway.
  func pay(
    _ order: Order, _ status: GatewayPaymentStatus = .captured, id: String = "pay_1", amount: Int64? = nil
  ) -> GatewayPayment {
    let payment = GatewayPayment(
      id: id, orderID: order.razorpayOrderID, status: status,
      money: Money(amount.map { Paise($0) } ?? order.price.amount))
    gateway.pay(payment)
    return payment
  }

  /// The status that the order has now.
  func status(_ order: Order) async throws -> OrderStatus? { try await orders.order(order.id)?.status }

  func balance() async throws -> TalkTime { wallets.wallet(of: user).balance }

  func isFrozen() async throws -> Bool { try await wallets.balance(of: user).isFrozen }

  /// An order that was paid with this payment, which the gateway knows.
  func paidOrder(payment: String = "pay_1") async throws -> Order {
    let order = try await place()
    _ = try await confirm(pay(order, id: payment), of: order, cause: "test")
    return order
  }

  /// Stores a webhook and handles it once.
  func deliver(_ body: [UInt8], eventID: String) async throws -> PaymentWebhookOutcome? {
    try await webhooks.keep(body, eventID: eventID)
    return try await handle(try #require(try await webhooks.next()))
  }
}
