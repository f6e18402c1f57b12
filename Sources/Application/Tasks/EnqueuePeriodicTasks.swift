import Domain
import FoundationEssentials

/// A task that is made anew at each occurrence of its schedule.
public struct PeriodicTask: Sendable {
  /// Of each type there is one schedule at most.
  public let type: TaskType
  public let schedule: CronExpression
  public let zone: TimeZone

  public init(_ type: TaskType, _ schedule: CronExpression, in zone: TimeZone = .gmt) {
    self.type = type
    self.schedule = schedule
    self.zone = zone
  }
}

/// Makes the task of the last occurrence of each schedule. Any number of instances do so, each as often as it likes: an
/// occurrence has a unique key. So after an outage the last missed occurrence is made up for, and no earlier one.
public struct EnqueuePeriodicTasks: Sendable {
  private let tasks: [PeriodicTask]
  private let inbox: any PeriodicTaskInbox

  /// Older occurrences are not made up for. A key holds for longer: a row stays for 30 days after its end.
  static let longestOutage: TimeInterval = 7 * 86_400

  public init(_ tasks: [PeriodicTask], inbox: any PeriodicTaskInbox) {
    self.tasks = tasks
    self.inbox = inbox
  }

  public func callAsFunction() async throws {
    guard !tasks.isEmpty else { return }
    let now = try await inbox.now()
    try await inbox.add(tasks.compactMap { Self.last($0, now) })
  }

  private static func last(_ task: PeriodicTask, _ now: Date) -> NewTask? {
    let occurrence = task.schedule.latest(upTo: now, in: task.zone, noOlderThan: longestOutage)
    guard let occurrence else { return nil }
    return NewTask(
      type: task.type, payload: "{}", userID: nil,
      uniqueKey: "\(task.type.rawValue):\(occurrence.unixSeconds)")
  }
}
