import ServiceLifecycle
import Synchronization

/// The first to hear of a shutdown: it makes /readyz say no and goes on serving for a while, so that Caddy has looked
/// elsewhere before the port closes.
final class Drain: Service {
  private let begun = Atomic<Bool>(false)
  private let length: Duration

  init(length: Duration = .milliseconds(1_500)) { self.length = length }

  var hasBegun: Bool { begun.load(ordering: .acquiring) }

  func run() async throws {
    try? await gracefulShutdown()
    begun.store(true, ordering: .releasing)
    try? await Task.sleep(for: length)
  }
}
