import Domain

/// Runs a claimed task and decides what the queue is told about it.
public struct RunClaimedTask: Sendable {
  private let performers: [TaskType: any TaskHandler]
  private let queue: any TaskQueue
  private let schedule: RetrySchedule
  private let random: any RandomSource

  public init(
    performers: [any TaskHandler], queue: any TaskQueue, schedule: RetrySchedule, random: any RandomSource
  ) {
    self.performers = Dictionary(performers.map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })
    self.queue = queue
    self.schedule = schedule
    self.random = random
  }

  /// Runs the task and writes its end.
  /// - Returns: the outcome; nil if the lease was lost, so that another worker has the task.
  @discardableResult
  public func callAsFunction(_ task: ClaimedTask, worker: String) async throws -> TaskOutcome? {
    let outcome = await outcome(of: task)
    let held = try await queue.finish([end(of: task, outcome)], worker: worker)
    return held.isEmpty ? nil : outcome
  }

  /// Runs the task.
  public func outcome(of task: ClaimedTask) async -> TaskOutcome {
    guard let performer = performers[task.type] else { return .failed(code: "unknown_type") }
    guard performer.versions.contains(task.version) else { return .parked(code: TaskParking.unknownVersion) }
    return await performer.perform(task)
  }

  /// What the queue is told about the outcome.
  public func end(of task: ClaimedTask, _ outcome: TaskOutcome) -> TaskEnd {
    TaskEnd(task, disposition(of: task, outcome))
  }

  private func disposition(of task: ClaimedTask, _ outcome: TaskOutcome) -> TaskDisposition {
    switch outcome {
    case .completed: return .completed
    case .failed(let code): return .failed(code: code)
    case .parked(let code): return .parked(code: code)
    case .waiting(let duration, let code): return .again(after: duration, code: code, counts: false)
    case .waitingForCallback(let duration, let code): return .afterCallback(orAfter: duration, code: code)
    case .retry(let code, let after):
      let delay = schedule.delay(
        after: task.attempt, failingFor: task.failingFor, giveUpAfter: task.type.giveUpAfter, fraction: fraction(),
        atLeast: after)
      guard let delay else { return .failed(code: code) }
      return .again(after: delay, code: code, counts: true)
    }
  }

  private func fraction() -> Double {
    let bytes = random.bytes(2)
    return Double(UInt16(bytes[0]) << 8 | UInt16(bytes[1])) / 65_536
  }
}
