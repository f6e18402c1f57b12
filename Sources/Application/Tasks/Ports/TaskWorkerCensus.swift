/// The workers of the task service that run now.
public struct RunningTaskWorkers: Sendable, Equatable {
  /// Those that read everything that a release publishes.
  public let current: Int
  /// Those of a release before it.
  public let older: Int

  public init(current: Int, older: Int) {
    self.current = current
    self.older = older
  }
}

public protocol TaskWorkerCensus: Sendable {
  /// - Parameter level: of ``TaskVocabulary``, by which a worker is current.
  func workers(reading level: Int) async throws -> RunningTaskWorkers
}
