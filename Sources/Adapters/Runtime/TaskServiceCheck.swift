import Application
import Domain
import Logging
import Synchronization

/// Warns while workers of a task service run that cannot read what this release publishes: mails and care plans of new
/// kinds would be lost with them (docs/upgrade.md).
public final class TaskServiceCheck: Sendable {
  private enum State { case unknown, fine, behind, missingOnce, missing }

  private let census: any TaskWorkerCensus
  private let logger: Logger
  private let state = Mutex(State.unknown)

  public init(census: any TaskWorkerCensus, logger: Logger) {
    self.census = census
    self.logger = logger
  }

  /// Looks once. Logs a change, and not that all is as before.
  public func runOnce() async throws {
    let workers = try await census.workers(reading: TaskVocabulary.level)
    let (before, now) = state.withLock { state in
      let before = state
      if workers.older > 0 {
        state = .behind
      } else if workers.current > 0 {
        state = .fine
      } else {
        // While everything starts, the task service may be the last.
        state = before == .missingOnce || before == .missing ? .missing : .missingOnce
      }
      return (before, state)
    }
    guard now != before else { return }
    switch now {
    case .behind:
      logger.warning(
        "a task service of an older release is running, which cannot read all that this release publishes: update it",
        metadata: [
          "older": "\(workers.older)", "current": "\(workers.current)", "vocabulary": "\(TaskVocabulary.level)",
        ])
    case .missing:
      logger.warning(
        "no task service of this release is running: mails and care plans wait, or are lost in an older one",
        metadata: ["vocabulary": "\(TaskVocabulary.level)"])
    case .fine:
      guard before != .unknown, before != .missingOnce else { return }
      logger.notice("all task services are of this release, or newer")
    case .unknown, .missingOnce: break
    }
  }
}
