import Application
import Domain
import FoundationEssentials
import Synchronization

/// How tasks come into the queue in memory, and what their handlers keep there.
extension InMemoryTaskQueue {
  public func enqueue(_ tasks: [NewTask], wake: TaskWakeUp?, for event: EventID) async throws {
    state.withLock { state in
      guard state.seen.insert(event).inserted else { return }
      for task in tasks { state.insert(task) }
      guard let wake else { return }
      for (id, row) in state.rows where row.task.userID == wake.userID && row.unknownType == nil {
        guard wake.types.contains(row.task.type) else { continue }
        if row.state == .pending { state.rows[id]?.runAt = min(row.runAt, state.now) }
        if row.state == .running { state.rows[id]?.woken = true }
      }
    }
  }

  public func callBack(_ key: String, for event: EventID) async throws {
    state.withLock { state in
      guard state.seen.insert(event).inserted else { return }
      for (id, row) in state.rows where row.task.callbackKey == key {
        guard [.pending, .running, .parked].contains(row.state) else { continue }
        state.rows[id]?.calledBackAt = state.now
        if row.state == .pending, row.awaitsCallback { state.rows[id]?.runAt = state.now }
      }
    }
  }

  public func steps(of task: TaskID) async throws -> [String: String] {
    state.withLock { $0.rows[task.uuid]?.steps ?? [:] }
  }

  public func keep(_ result: String, as step: String, of claim: TaskClaim) async throws -> Bool {
    state.withLock { state in
      guard let row = state.rows[claim.task.uuid], row.state == .running, row.claims == claim.number,
        result.utf8.count <= TaskSteps.longestResult, row.steps[step] != nil || row.steps.count < TaskSteps.most
      else { return false }
      state.rows[claim.task.uuid]?.steps[step] = result
      return true
    }
  }

  public func now() async throws -> Date { InMemoryTaskAdministration.date(state.withLock(\.now)) }

  public func add(_ tasks: [NewTask]) async throws {
    state.withLock { state in
      for task in tasks { state.insert(task) }
    }
  }
}
