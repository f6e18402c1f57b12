import FoundationEssentials
import NIOPosix
import ServiceLifecycle

/// One event to be delivered to a service.
struct OutgoingWebhook: Sendable {
  let provider: Provider
  /// The event's id, the same on every delivery.
  let id: String
  let name: String
  let address: String?
  let headers: [(String, String)]
  let body: [UInt8]
  /// The number of successful deliveries: the second and later ones are duplicates.
  var copies = 1
  var delay: Duration = .zero
  /// The number of retries after a failure; the pause starts at one second and doubles.
  var retries = 0
}

/// Sends webhooks in the background; those that still wait at shutdown are dropped.
struct WebhookQueue: Service {
  let journal: WebhookJournal
  private let stream: AsyncStream<OutgoingWebhook>
  private let input: AsyncStream<OutgoingWebhook>.Continuation

  init(journal: WebhookJournal) {
    self.journal = journal
    (stream, input) = AsyncStream.makeStream(of: OutgoingWebhook.self)
  }

  func send(_ webhook: OutgoingWebhook) {
    guard webhook.copies > 0 else { return }
    input.yield(webhook)
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        for await webhook in stream {
          group.addTask { await deliver(webhook) }
        }
        group.cancelAll()
      }
    }
  }

  private func deliver(_ webhook: OutgoingWebhook) async {
    let number = await journal.open(webhook)
    guard let target = webhook.address.flatMap(WebhookTarget.init) else {
      await journal.note(number, status: nil, error: "no address is set")
      return
    }
    do {
      try await Task.sleep(for: webhook.delay)
      for _ in 0..<webhook.copies {
        try await deliverOnce(webhook, to: target, number: number)
      }
    } catch {
      await journal.note(number, status: nil, error: "the sandbox stopped")
    }
  }

  private func deliverOnce(_ webhook: OutgoingWebhook, to target: WebhookTarget, number: Int) async throws {
    let client = WebhookClient(group: MultiThreadedEventLoopGroup.singleton)
    var pause = Duration.seconds(1)
    for attempt in 0...webhook.retries {
      if attempt > 0 {
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(60))
      }
      do {
        let status = try await client.post(
          target, headers: webhook.headers, body: webhook.body, timeout: .seconds(5))
        await journal.note(number, status: status, error: nil)
        if (200...299).contains(status) { return }
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        await journal.note(number, status: nil, error: String(describing: error))
      }
    }
  }
}
