import Domain

/// Carries out an operator's action on many tasks, in steps. After each of them it keeps the place, so that the next
/// attempt goes on there. If a worker dies in between, the tasks of one step are looked at once more.
public struct RunTaskAction: TaskHandler {
  public let type = TaskType.taskAction
  private let actions: any TaskActionRepository
  private let steps: any TaskStepStore

  /// Tasks that one statement changes.
  static let step = 500
  /// The name of the kept place.
  static let place = "place"

  public init(actions: any TaskActionRepository, steps: any TaskStepStore) {
    self.actions = actions
    self.steps = steps
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = TaskActionPayload(json: task.payload), let action = payload.taskAction else {
      return .failed(code: "malformed_payload")
    }
    do {
      var place = try await steps.steps(of: task.id)[Self.place].flatMap(TaskActionPlace.init(json:))
      repeat {
        let step = try await actions.step(action, on: payload.filter, of: task.id, from: place, limit: Self.step)
        guard let next = step.next else { return .completed }
        // Another worker may have the task if nothing is kept. It goes on from an earlier place.
        guard try await steps.keep(next.json, as: Self.place, of: task.claim) else { break }
        place = next
      } while !Task.isCancelled
    } catch {
      return .retry(code: "tasks_unavailable", after: .zero)
    }
    return .retry(code: "cancelled", after: .zero)
  }
}
