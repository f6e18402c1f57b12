import Application
import Domain

/// A handler that does what the test says.
struct ScriptedTaskHandler: TaskHandler {
  let type = TaskType.carePlan
  let body: @Sendable (ClaimedTask) async -> TaskOutcome

  init(_ body: @escaping @Sendable (ClaimedTask) async -> TaskOutcome) { self.body = body }

  func perform(_ task: ClaimedTask) async -> TaskOutcome { await body(task) }
}

/// Waits for its cancellation.
func untilCancelled() async { while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) } }
