import ServiceLifecycle
import Synchronization

/// The first service to learn of a shutdown. It makes /readyz report that the instance is not ready and keeps serving
/// for a while, so that Caddy sends requests elsewhere before the port closes.
final class ShutdownReadinessDelay: Service {
  private let begun = Atomic<Bool>(false)
  private let length: Duration
  private let onBegin: @Sendable () -> Void

  init(length: Duration = .milliseconds(1_500), onBegin: @escaping @Sendable () -> Void = {}) {
    self.length = length
    self.onBegin = onBegin
  }

  var hasBegun: Bool { begun.load(ordering: .acquiring) }

  func run() async throws {
    try? await gracefulShutdown()
    begun.store(true, ordering: .releasing)
    onBegin()
    try? await Task.sleep(for: length)
  }
}
