import Application
import Logging
import PostgresAdapter
import PostgresDriver
import ServiceLifecycle
import Synchronization

/// Works on the stored webhooks, woken when one arrives; the poll finds what waits for another try.
///
/// Each queue has places of its own, so that webhooks that wait for Razorpay's answer keep none waiting that needs none.
struct WebhookWorker: Service {
  let webhooks: any KeepsWebhooks
  let handle: HandlePaymentWebhook
  let database: PostgresPool
  let logger: Logger

  /// How many an instance works on at once.
  private static func places(in queue: WebhookQueue) -> Int {
    switch queue {
    case .unasked: 4
    case .asking: 8
    }
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        for queue in WebhookQueue.allCases { group.addTask { await work(on: queue) } }
      }
    }
  }

  /// Takes as many as there are free places for, at each signal: one has arrived, one is done, a second is over.
  private func work(on queue: WebhookQueue) async {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let free = FreePlaces(Self.places(in: queue))
    await withDiscardingTaskGroup { group in
      group.addTask { for await _ in database.commits(announcing: PostgresWebhooks.topic) { signal.yield() } }
      group.addTask {
        while !Task.isCancelled {
          signal.yield()
          try? await Task.sleep(for: .seconds(1))
        }
        signal.finish()
      }
      for await _ in signals {
        for webhook in await take(free.count, from: queue) {
          free.change(by: -1)
          group.addTask {
            await work(on: webhook, asking: queue == .asking)
            free.change(by: 1)
            signal.yield()
          }
        }
      }
    }
  }

  private func take(_ limit: Int, from queue: WebhookQueue) async -> [StoredWebhook] {
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
      let metadata: Logger.Metadata = ["event": "\(webhook.eventID)", "outcome": "\(outcome ?? "again")"]
      logger.log(
        level: ["dead", "mismatch"].contains(outcome) ? .error : .info, "a webhook was handled", metadata: metadata)
    } catch {
      logger.warning("a webhook waits", metadata: ["event": "\(webhook.eventID)", "error": "\(error)"])
    }
  }
}

/// How many more webhooks of a queue may be worked on.
private final class FreePlaces: Sendable {
  private let free: Mutex<Int>

  init(_ places: Int) { free = Mutex(places) }

  var count: Int { free.withLock { $0 } }

  func change(by difference: Int) { free.withLock { $0 += difference } }
}
