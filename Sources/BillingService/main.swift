import Application
import HTTPServing
import PostgresAdapter
import RazorpayAdapter
import RedisAdapter
import Runtime

await runService {
  let settings = try BillingSettings()
  // Webhooks are taken while Redis is away.
  let host = try ServiceHost(name: "billing", settings: settings.common, needs: [.postgres])
  let verifier = host.tokenVerifier(copy: RedisKeySetCopy(redis: host.redis))
  let gateway = RazorpayGateway(
    http: host.http, baseURL: settings.baseURL, keyID: settings.keyID, keySecret: settings.keySecret)
  let signatures = RazorpaySignatures(keySecret: settings.keySecret, webhookSecrets: settings.webhookSecrets)
  let orders = PostgresOrders(database: host.postgres)
  let payments = PostgresPayments(database: host.postgres)
  let webhooks = PostgresWebhooks(database: host.postgres)
  let confirm = ConfirmPayment(books: payments, gateway: gateway)
  let authenticator = Authenticator(tokens: verifier, revocations: RedisRevocations(redis: host.redis))
  let clock = SystemClock()
  let history = HistoryRoutes(
    wallet: PostgresWalletReading(database: host.postgres), orders: orders, authenticator: authenticator, clock: clock,
    keyID: settings.keyID)
  let answers = PostgresIdempotentAnswers(database: host.postgres)
  let desk = PostgresWalletDesk(database: host.postgres)
  let wallets = WalletRoutes(
    wallets: desk, correct: CorrectWallet(wallets: desk), freeze: FreezeWallet(wallets: desk),
    authenticator: authenticator, answers: answers, clock: clock)
  let routes = BillingRoutes(
    orders: orders, webhooks: webhooks, signatures: signatures,
    place: PlaceOrder(orders: orders, gateway: gateway),
    verify: VerifyPayment(orders: orders, signatures: signatures, gateway: gateway, confirm: confirm),
    authenticator: authenticator,
    limiter: RedisRateLimiter(redis: host.redis),
    limits: LimitProfile(development: settings.common.developmentLimits),
    answers: answers, keyID: settings.keyID)
  let router = Serving.router()
  routes.add(to: router)
  history.add(to: router)
  wallets.add(to: router)
  try await host.run(
    router, prefix: "/billing", verifier: verifier,
    background: [
      OutboxRelay(
        source: "billing", pool: host.postgres, bus: RedisEventBus(redis: host.redis),
        logger: host.logger),
      WebhookWorker(
        webhooks: webhooks, handle: HandlePaymentWebhook(orders: orders, confirm: confirm, webhooks: webhooks),
        database: host.postgres, logger: host.logger),
    ])
}
