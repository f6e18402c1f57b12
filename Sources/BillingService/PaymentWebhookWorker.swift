import Application
import Logging
import PostgresAdapter
import PostgresDriver
import Runtime
import ServiceLifecycle

/// Handles the stored webhooks. An arriving webhook wakes the worker, and the poll finds webhooks that wait for another
/// try.
///
/// Each queue has its own places, so that webhooks that wait for Razorpay's response do not delay the others.
struct PaymentWebhookWorker: Service {
  let webhooks: any PaymentWebhookInbox
  let handle: HandlePaymentWebhook
  let database: PostgresPool
  let logger: Logger

  /// These tries take some hours. An unavailable dependency returns sooner, so that a webhook which still fails needs
  /// an operator.
  private static let manyAttempts = 20

  /// How many webhooks an instance handles at once.
  private static func places(in queue: PaymentWebhookLane) -> Int {
    switch queue {
    case .unasked: 4
    case .asking: 8
    }
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        for queue in PaymentWebhookLane.allCases { group.addTask { await work(on: queue) } }
      }
    }
  }

  private func work(on queue: PaymentWebhookLane) async {
    await ConcurrentItemWorker(places: Self.places(in: queue), every: .seconds(1)) { limit in
      await take(limit, from: queue)
    } work: { webhook in
      await work(on: webhook, asking: queue == .asking)
    }.run(wokenBy: database.commits(announcing: PostgresPaymentWebhookInbox.topic))
  }

  private func take(_ limit: Int, from queue: PaymentWebhookLane) async -> [StoredWebhook] {
    do {
      return try await webhooks.take(limit, from: queue)
    } catch {
      logger.warning("webhooks wait", metadata: ["error": "\(error)"])
      return []
    }
  }

  private func work(on webhook: StoredWebhook, asking: Bool) async {
    do {
      let outcome = try await handle(webhook, asking: asking)
      let metadata: Logger.Metadata = ["event": "\(webhook.eventID)", "outcome": "\(outcome?.rawValue ?? "again")"]
      logger.log(
        level: outcome?.needsOperator ?? (webhook.attempt >= Self.manyAttempts)
          ? .error : .info, "a webhook was handled", metadata: metadata)
    } catch {
      logger.warning("a webhook waits", metadata: ["event": "\(webhook.eventID)", "error": "\(error)"])
    }
  }
}
