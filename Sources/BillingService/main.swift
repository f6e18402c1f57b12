import Application
import DocumentsAdapter
import HTTPServing
import PostgresAdapter
import RazorpayAdapter
import RedisAdapter
import Runtime

await runService {
  let settings = try BillingSettings()
  // Webhooks are taken while Redis is away.
  let host = try ServiceHost(name: "billing", settings: settings.common, needs: [.postgres])
  let verifier = host.tokenVerifier(copy: RedisKeySetCache(redis: host.redis))
  let gateway = RazorpayGateway(
    http: host.provider("razorpay"), baseURL: settings.baseURL, keyID: settings.keyID, keySecret: settings.keySecret,
    onRefusedKey: { host.logger.error("Razorpay refuses RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET") },
    onUnreadable: { host.logger.error("Razorpay lists what cannot be read", metadata: ["entity": "\($0)"]) })
  let signatures = RazorpaySignatureVerifier(keySecret: settings.keySecret, webhookSecrets: settings.webhookSecrets)
  let orders = PostgresOrderRepository(database: host.postgres, schedule: settings.schedule)
  let payments = PostgresPaymentRepository(database: host.postgres)
  let webhooks = PostgresWebhookInbox(database: host.postgres)
  let refunds = PostgresRefundRepository(database: host.postgres)
  let sendRefund = SendRefund(refunds: refunds, gateway: gateway)
  let refundUpdates = ApplyRefundUpdate(orders: orders, refunds: refunds, gateway: gateway)
  let confirm = ConfirmPayment(payments: payments, refunds: refunds, gateway: gateway)
  let authenticator = Authenticator(tokens: verifier, revocations: RedisRevocationStore(redis: host.redis))
  let clock = SystemClock()
  let answer = OrderResponses(keyID: settings.keyID, expiry: settings.schedule.expiry)
  let orderRoutes = OrderRoutes(
    orders: orders, buyers: orders, asksForState: settings.seller.asksForState,
    place: PlaceOrder(
      orders: orders, gateway: gateway, openLimit: settings.openOrders,
      stateFrom: settings.seller.requiresState ? orders : nil),
    verify: VerifyPayment(orders: orders, signatures: signatures, gateway: gateway, confirm: confirm),
    authenticator: authenticator, limiter: RedisRateLimiter(redis: host.redis),
    limits: LimitProfile(development: settings.common.developmentLimits),
    kept: PostgresIdempotencyStore(database: host.postgres), answer: answer)
  let history = HistoryRoutes(
    wallet: PostgresWalletReader(database: host.postgres), orders: orders, authenticator: authenticator, clock: clock,
    answer: answer)
  let administration = PostgresWalletAdministration(database: host.postgres)
  let wallets = WalletRoutes(
    wallets: administration, correct: CorrectWallet(wallets: administration),
    freeze: FreezeWallet(wallets: administration),
    authenticator: authenticator, answers: PostgresIdempotencyStore(database: host.postgres), clock: clock)
  let refundRoutes = RefundRoutes(
    refunds: refunds, refund: RefundOrder(refunds: refunds, send: sendRefund), authenticator: authenticator,
    answers: PostgresIdempotencyStore(database: host.postgres), clock: clock)
  let routes = RazorpayWebhookRoute(webhooks: webhooks, signatures: signatures)
  let documents = PostgresDocumentRepository(database: host.postgres)
  let issue = IssueDocuments(
    documents: documents, seller: settings.seller.seller, sellerState: settings.seller.state,
    receipts: settings.seller.receipts, creditNotes: settings.seller.creditNotes,
    debitNotes: settings.seller.debitNotes)
  let receipts = ReceiptRoutes(
    read: ReadReceipt(orders: orders, documents: documents, issue: issue), pages: try DocumentPages(),
    authenticator: authenticator)
  let router = Serving.router()
  orderRoutes.add(to: router)
  routes.add(to: router)
  history.add(to: router)
  wallets.add(to: router)
  refundRoutes.add(to: router)
  receipts.add(to: router)
  let relay = OutboxRelay(
    source: "billing", pool: host.postgres, bus: RedisEventBus(redis: host.redis), logger: host.logger)
  let retention = PostgresRetention(service: "billing", database: host.postgres, logger: host.logger)
  let trimmer = StreamTrimmer(redis: host.redis, interval: host.settings.retentionInterval, logger: host.logger)
  let reconciler = Reconciler(
    orders: orders,
    reconcile: ReconcileOrder(orders: orders, gateway: gateway, confirm: confirm, schedule: settings.schedule),
    repair: RepairPeriod(
      compare: ReconcilePeriod(gateway: gateway, records: PostgresPaymentRecordReader(database: host.postgres)),
      repair: RepairRecords(confirm: confirm, refunds: refundUpdates)),
    refunds: refunds, rounds: PostgresRounds(database: host.postgres), logger: host.logger)
  let documentWorker = DocumentWorker(issue: issue, logger: host.logger)
  try await host.run(
    router, prefix: "/billing", verifier: verifier, problems: .billing,
    background: [
      host.worker("outbox relay", every: .milliseconds(500), wokenBy: { relay.commits }) { try await relay.runOnce() },
      host.worker("retention", every: host.settings.retentionInterval) { await retention.runOnce() },
      host.worker("stream trimmer", every: host.settings.retentionInterval) { try await trimmer.runOnce() },
      WebhookWorker(
        webhooks: webhooks,
        handle: HandlePaymentWebhook(
          orders: orders, confirm: confirm, refundUpdates: refundUpdates, webhooks: webhooks),
        database: host.postgres, logger: host.logger),
      RefundWorker(refunds: refunds, send: sendRefund, logger: host.logger),
      host.worker("reconciler", every: settings.reconcileInterval) { await reconciler.runOnce() },
      // What another instance has credited is found each second.
      host.worker(
        "documents", every: .seconds(1),
        wokenBy: { host.postgres.commits(announcing: PostgresOutbox.topic("billing")) }
      ) { try await documentWorker.runOnce() },
    ])
}
