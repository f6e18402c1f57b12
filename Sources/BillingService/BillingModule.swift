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
  let pages: MustacheDocumentRenderer

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
    operatorActions.add(to: router)
    BillingFiguresRoute(
      read: ReadBillingFigures(figures: ports.figures), authenticator: ports.serving.authenticator,
      clock: ports.serving.clock
    ).add(to: router)
    receipts.add(to: router)
    return ServiceAPI(router, prefix: "/billing", problems: .billing)
  }
}
