import Application
import Domain
import Fakes
import Runtime
import Synchronization
import Testing

/// The places that are kept for urgent tasks.
extension TaskWorkerTests {
  private func addUrgent() {
    queue.insert(
      NewTask(type: .carePlan, payload: "urgent", userID: nil, uniqueKey: nil, priority: TaskPriority.urgent))
  }

  private func states(ofUrgent isUrgent: Bool) -> [TaskState] {
    queue.rows.filter { ($0.priority >= TaskPriority.urgent) == isUrgent }.map(\.state)
  }

  @Test("tasks that hang hold up no urgent one, also where it comes later", arguments: [4, 16])
  func kept(places: Int) async throws {
    add(20)
    let handler = ScriptedTaskHandler { task in
      if task.isUrgent { return .completed }
      await untilCancelled()
      return .retry(code: "cut", after: .zero)
    }
    let others = places - TaskPriority.keptForUrgent(of: places)
    try await with(worker(limits(places), handler)) {
      #expect(await eventually { states(ofUrgent: false).count { $0 == .running } == others })
      for _ in 0..<10 { addUrgent() }
      #expect(await eventually { states(ofUrgent: true).allSatisfy { $0 == .completed } })
      #expect(states(ofUrgent: false).count { $0 == .running } == others)
    }
  }

  @Test("urgent tasks may have every place, and where they never cease, the others have their turn")
  func others() async throws {
    add(1)
    queue.advance(.seconds(1))
    for _ in 0..<8 { addUrgent() }
    let queue = queue
    let counts = Mutex((running: 0, most: 0))
    let handler = ScriptedTaskHandler { task in
      guard task.isUrgent else { return .completed }
      counts.withLock { counts in
        counts.running += 1
        counts.most = max(counts.most, counts.running)
      }
      queue.insert(
        NewTask(type: .carePlan, payload: "urgent", userID: nil, uniqueKey: nil, priority: TaskPriority.urgent))
      // The first ones run together.
      while !Task.isCancelled, counts.withLock({ $0.most < 4 }) { try? await Task.sleep(for: .milliseconds(5)) }
      counts.withLock { $0.running -= 1 }
      return .completed
    }
    try await with(worker(limits(4), handler)) {
      #expect(await eventually { states(ofUrgent: false) == [.completed] })
    }
    #expect(counts.withLock(\.most) == 4)
  }
}
