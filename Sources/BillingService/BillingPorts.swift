import Application
import HTTPServing
import PostgresAdapter
import RazorpayAdapter
import Runtime

/// The ports of the billing service, by role.
struct BillingPorts: Sendable {
  let serving: CommonRoutePorts
  var orders: any OrderRepository & OrderCheckQueue & BuyerProfileReader
  var payments: any PaymentRepository
  var webhooks: any PaymentWebhookInbox
  var refunds: any RefundRepository
  var documents: any DocumentRegister & DocumentReader
  var wallet: any WalletReader
  var statements: any StatementReader
  var wallets: any WalletAdministration
  var operatorActions: any OperatorActionReader
  var figures: any BillingFiguresReader
  let gateway: any PaymentGateway
  let signatures: any PaymentSignatureVerifier
  let webhookReader: any PaymentWebhookReader
}

extension BillingPorts {
  /// Uses Postgres, Redis and Razorpay.
  init(_ host: ServiceHost, _ settings: BillingSettings, tokens: any AccessTokenVerifier) {
    self.init(
      serving: host.servingPorts(tokens: tokens),
      orders: PostgresOrderRepository(database: host.postgres, schedule: settings.schedule),
      payments: PostgresPaymentRepository(database: host.postgres),
      webhooks: PostgresPaymentWebhookInbox(database: host.postgres),
      refunds: PostgresRefundRepository(database: host.postgres),
      documents: PostgresDocumentRepository(database: host.postgres),
      wallet: PostgresWalletReader(database: host.postgres),
      statements: PostgresStatementReader(database: host.postgres),
      wallets: PostgresWalletAdministration(database: host.postgres),
      operatorActions: PostgresOperatorActionReader(database: host.postgres),
      figures: PostgresBillingFiguresReader(database: host.postgres),
      gateway: RazorpayGateway(
        http: host.provider("razorpay"), baseURL: settings.baseURL, keyID: settings.keyID,
        keySecret: settings.keySecret,
        onRefusedKey: { host.logger.error("Razorpay refuses RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET") },
        onUnreadable: { host.logger.error("Razorpay lists what cannot be read", metadata: ["entity": "\($0)"]) }),
      signatures: RazorpaySignatureVerifier(keySecret: settings.keySecret, webhookSecrets: settings.webhookSecrets),
      webhookReader: RazorpayWebhookReader())
  }
}
