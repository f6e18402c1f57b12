import Application
import DocumentsAdapter
import HTTPServing

/// The use cases of the billing service, and its routes.
struct BillingModule: Sendable {
  let ports: BillingPorts
  let settings: BillingSettings
  let confirm: ApplyPaymentUpdate
  let sendRefund: SendRefund
  let refundUpdates: ApplyRefundOrDisputeUpdate
  let issueDocuments: IssueDueDocuments
  private let pages: MustacheDocumentRenderer

  init(_ settings: BillingSettings, _ ports: BillingPorts) throws {
    (self.ports, self.settings) = (ports, settings)
    confirm = ApplyPaymentUpdate(payments: ports.payments, refunds: ports.refunds, gateway: ports.gateway)
    sendRefund = SendRefund(refunds: ports.refunds, gateway: ports.gateway)
    refundUpdates = ApplyRefundOrDisputeUpdate(orders: ports.orders, refunds: ports.refunds, gateway: ports.gateway)
    issueDocuments = IssueDueDocuments(
      documents: ports.documents, seller: settings.seller.seller, sellerState: settings.seller.state,
      receipts: settings.seller.receipts, creditNotes: settings.seller.creditNotes,
      debitNotes: settings.seller.debitNotes)
    pages = try MustacheDocumentRenderer()
  }

  var api: ServiceAPI {
    let router = Serving.router()
    orders.add(to: router)
    RazorpayWebhookRoute(webhooks: ports.webhooks, signatures: ports.signatures, reader: ports.webhookReader)
      .add(to: router)
    history.add(to: router)
    statements.add(to: router)
    wallets.add(to: router)
    refunds.add(to: router)
    receipts.add(to: router)
    return ServiceAPI(router, prefix: "/billing", problems: .billing)
  }

  private var orders: OrderRoutes {
    OrderRoutes(
      orders: ports.orders, buyers: ports.orders, asksForState: settings.seller.asksForState,
      place: PlaceOrder(
        orders: ports.orders, gateway: ports.gateway, openLimit: settings.openOrders,
        stateFrom: settings.seller.requiresState ? ports.orders : nil),
      verify: VerifyPayment(
        orders: ports.orders, signatures: ports.signatures, gateway: ports.gateway, confirm: confirm),
      authenticator: ports.serving.authenticator,
      limits: RouteLimits(development: settings.common.developmentLimits, limiter: ports.serving.limiter),
      kept: ports.serving.answers,
      answer: orderResponses)
  }

  private var history: WalletHistoryRoutes {
    WalletHistoryRoutes(
      wallet: ports.wallet, orders: ports.orders, authenticator: ports.serving.authenticator,
      clock: ports.serving.clock, answer: orderResponses)
  }

  private var statements: StatementRoute {
    StatementRoute(
      read: ReadStatement(statements: ports.statements, clock: ports.serving.clock),
      authenticator: ports.serving.authenticator)
  }

  private var wallets: WalletRoutes {
    WalletRoutes(
      wallets: ports.wallets, correct: CorrectWallet(wallets: ports.wallets),
      freeze: FreezeWallet(wallets: ports.wallets), authenticator: ports.serving.authenticator,
      answers: ports.serving.answers, clock: ports.serving.clock, caps: settings.dailyCaps)
  }

  private var refunds: RefundRoutes {
    RefundRoutes(
      refunds: ports.refunds, refund: RefundOrder(refunds: ports.refunds, send: sendRefund),
      authenticator: ports.serving.authenticator, answers: ports.serving.answers, clock: ports.serving.clock,
      caps: settings.dailyCaps)
  }

  private var receipts: OrderDocumentRoutes {
    OrderDocumentRoutes(
      read: ReadOrderDocuments(orders: ports.orders, documents: ports.documents, issue: issueDocuments), pages: pages,
      authenticator: ports.serving.authenticator)
  }

  private var orderResponses: OrderResponseComposer {
    OrderResponseComposer(keyID: settings.keyID, expiry: settings.schedule.expiry)
  }
}
