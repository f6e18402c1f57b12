import Application
import Logging
import PostgresAdapter
import ServiceLifecycle

/// Keeps Redis's copy of the revocations whole: all of them where the copy is gone, else those since the last time that
/// it went well, so that one made while Redis was away is not forgotten.
struct RevocationCopy: Service {
  let devices: PostgresDeviceRepository
  let copy: any RevocationStore
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var lastSuccess: ContinuousClock.Instant?
      while !Task.isCancelled {
        let begun = ContinuousClock.now
        do {
          let isComplete = try await copy.isComplete()
          let within = isComplete ? lastSuccess.map { begun - $0 + .seconds(60) } : nil
          try await copy.fill(with: try await devices.revocations(within: within), whole: within == nil)
          if !isComplete { logger.notice("the copy of the revocations was made again") }
          lastSuccess = begun
        } catch {
          logger.debug("the copy of the revocations waits", metadata: ["error": "\(error)"])
        }
        // Until it is there nobody is let in.
        try? await Task.sleep(for: lastSuccess == nil ? .milliseconds(100) : .seconds(1))
      }
    }
  }
}
