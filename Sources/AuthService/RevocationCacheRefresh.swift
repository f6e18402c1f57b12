import Application
import Logging
import PostgresAdapter
import Synchronization

/// Keeps Redis's copy of the revocations complete. It writes all of them if the copy is missing, otherwise those since
/// the last successful run. A revocation made while Redis was unavailable is therefore not lost.
final class RevocationCacheRefresh: Sendable {
  private let devices: PostgresDeviceRepository
  private let copy: any RevocationCache
  private let logger: Logger
  private let lastSuccess = Mutex<ContinuousClock.Instant?>(nil)

  init(devices: PostgresDeviceRepository, copy: any RevocationCache, logger: Logger) {
    self.devices = devices
    self.copy = copy
    self.logger = logger
  }

  /// Called by one worker at a time.
  func runOnce() async throws {
    let begun = ContinuousClock.now
    let isComplete = try await copy.isComplete()
    let within = isComplete ? lastSuccess.withLock { $0 }.map { begun - $0 + .seconds(60) } : nil
    try await copy.fill(with: try await devices.revocations(within: within), whole: within == nil)
    if !isComplete { logger.notice("the copy of the revocations was made again") }
    lastSuccess.withLock { $0 = begun }
  }
}
