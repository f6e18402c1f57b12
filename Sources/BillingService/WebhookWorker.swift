import Application
import Logging
import PostgresAdapter
import PostgresDriver
import ServiceLifecycle

/// Works on the stored webhooks, woken when one arrives; the poll finds what waits for another try.
struct WebhookWorker: Service {
  let webhooks: any KeepsWebhooks
  let handle: HandlePaymentWebhook
  let database: PostgresPool
  let logger: Logger

  func run() async throws {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { for await _ in database.commits(announcing: PostgresWebhooks.topic) { signal.yield() } }
        group.addTask {
          while !Task.isCancelled {
            signal.yield()
            try? await Task.sleep(for: .seconds(1))
          }
          signal.finish()
        }
        group.addTask { for await _ in signals { await work() } }
        await group.waitForAll()
      }
    }
  }

  private func work() async {
    do {
      while let webhook = try await webhooks.next(), !Task.isCancelled {
        let outcome = try await handle(webhook)
        let metadata: Logger.Metadata = ["event": "\(webhook.eventID)", "outcome": "\(outcome ?? "again")"]
        logger.log(
          level: ["dead", "mismatch"].contains(outcome) ? .error : .info, "a webhook was handled", metadata: metadata)
      }
    } catch {
      logger.warning("webhooks wait", metadata: ["error": "\(error)"])
    }
  }
}
