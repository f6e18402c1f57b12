import Domain

/// Carries out an operator's action on many tasks, in steps. A worker that dies in between has changed some tasks; the
/// next one begins anew and finds the others.
public struct RunTaskAction: TaskHandler {
  public let type = TaskType.taskAction
  private let actions: any TaskActionRepository

  /// Tasks that one statement changes.
  static let step = 500

  public init(actions: any TaskActionRepository) { self.actions = actions }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = TaskActionPayload(json: task.payload), let action = payload.taskAction else {
      return .failed(code: "malformed_payload")
    }
    var last: TaskID?
    do {
      repeat {
        last = try await actions.step(action, on: payload.filter, of: task.id, after: last, limit: Self.step).last
      } while last != nil && !Task.isCancelled
    } catch {
      return .retry(code: "tasks_unavailable", after: .zero)
    }
    return last == nil ? .completed : .retry(code: "cancelled", after: .zero)
  }
}
