import Application
import PostgresAdapter
import Runtime
import ServiceLifecycle

extension BillingModule {
  /// The background work of the billing service.
  func workers(_ host: ServiceHost) -> [any Service] {
    let (reconciler, documents) = (reconciler(host), DocumentWorker(issue: issueDocuments, logger: host.logger))
    return [
      PaymentWebhookWorker(
        webhooks: ports.webhooks,
        handle: HandlePaymentWebhook(
          reader: ports.webhookReader, orders: ports.orders, confirm: confirm, refundUpdates: refundUpdates,
          webhooks: ports.webhooks),
        database: host.postgres, logger: host.logger),
      RefundWorker(refunds: ports.refunds, send: sendRefund, logger: host.logger),
      host.worker("reconciler", every: settings.reconcileInterval) { await reconciler.runOnce() },
      // Credits of other instances are found each second.
      host.worker(
        "documents", every: .seconds(1),
        wokenBy: { host.postgres.commits(announcing: PostgresOutbox.topic("billing")) }
      ) { try await documents.runOnce() },
      host.consumer(AccountConsumer(erase: eraseBuyer(host)).subscription),
    ]
  }

  private func eraseBuyer(_ host: ServiceHost) -> EraseBuyer {
    EraseBuyer(
      accounts: PostgresDeletedAccountReader(database: host.postgres),
      buyers: PostgresBuyerEraser(database: host.postgres))
  }

  private func reconciler(_ host: ServiceHost) -> PaymentReconciliationWorker {
    PaymentReconciliationWorker(
      orders: ports.orders,
      reconcile: ReconcileOrder(
        orders: ports.orders, gateway: ports.gateway, confirm: confirm, schedule: settings.schedule),
      repair: RepairPayments(
        compare: ComparePeriod(
          gateway: ports.gateway, records: PostgresReconciliationRecordReader(database: host.postgres)),
        repair: RepairDifferences(confirm: confirm, refunds: refundUpdates)),
      refunds: ports.refunds, rounds: PostgresPeriodicRunStore(database: host.postgres), logger: host.logger)
  }
}
