import Application
import Domain
import FoundationEssentials
import Synchronization

/// An operator's decisions about the types of the queue in memory, and what the audit log has of them.
public final class InMemoryTaskTypes: TaskTypeAdministration {
  private let queue: InMemoryTaskQueue
  private let log = Mutex<[String]>([])

  public init(queue: InMemoryTaskQueue) { self.queue = queue }

  /// Each as `action type reason actor`.
  public var noted: [String] { log.withLock(\.self) }

  public func types() async throws -> [TaskTypeReport] {
    queue.state.withLock { state in
      TaskType.allCases.map { type in
        let (rows, steered) = (state.rows.values.filter { $0.type == type.rawValue }, state.types[type])
        return TaskTypeReport(
          type: type, pause: steered?.pause, limits: steered?.limits ?? .unlimited,
          pending: rows.count { $0.state == .pending }, running: rows.count { $0.state == .running })
      }
    }
  }

  public func pause(_ type: TaskType, reason: Reason, actor: String) async throws {
    change(type, "pause", reason, actor) { steered, now in
      let since = steered.pause?.since ?? Date(timeIntervalSince1970: 1_800_000_000 + Double(now.components.seconds))
      steered.pause = TaskTypeReport.Pause(since: since, reason: reason.text, actor: actor)
    }
  }

  public func resume(_ type: TaskType, reason: Reason, actor: String) async throws {
    change(type, "resume", reason, actor) { steered, now in
      if steered.pause != nil { steered.resumedAt = now }
      steered.pause = nil
    }
  }

  public func limit(_ type: TaskType, to limits: TaskTypeLimits, reason: Reason, actor: String) async throws {
    change(type, "limit", reason, actor) { steered, now in
      if let old = steered.limits.rate, let new = limits.rate, new.perMinute > old.perMinute {
        steered.rateUntil = min(steered.rateUntil, now)
      }
      steered.limits = limits
    }
  }

  private func change(
    _ type: TaskType, _ action: String, _ reason: Reason, _ actor: String,
    _ edit: (inout InMemoryTaskQueue.SteeredType, Duration) -> Void
  ) {
    queue.state.withLock { edit(&$0.types[type, default: InMemoryTaskQueue.SteeredType()], $0.now) }
    log.withLock { $0.append("\(action) \(type.rawValue) \(reason.text) \(actor)") }
  }
}
