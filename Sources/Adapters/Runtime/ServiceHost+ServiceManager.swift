import HTTPServing
import ServiceLifecycle
import Synchronization

/// Whether the port of a service's routes is open.
final class OpenPort: Sendable {
  private let isOpened = Atomic<Bool>(false)

  func open() { isOpened.store(true, ordering: .releasing) }
  var isOpen: Bool { isOpened.load(ordering: .acquiring) }
}

extension ServiceHost {
  /// The reports to the service manager, if there is one. They come first, so that they end last: the signs of life go on
  /// until everything else has ended.
  func managerReports(_ readiness: Readiness, _ port: OpenPort) -> [any Service] {
    guard let socket = settings.serviceManager.socket else { return [] }
    return [
      ServiceManagerReport(
        to: socket, watchdog: settings.serviceManager.watchdog, loops: Array(group.makeIterator()), logger: logger
      ) {
        port.isOpen ? await readiness.missing() : ["its port"]
      }
    ]
  }
}
