import Domain
import Testing

@Suite("Priorities of tasks")
struct TaskPriorityTests {
  @Test("a worker keeps a quarter of its places for urgent tasks, four at most, and never its only ones")
  func kept() {
    #expect([0, 1, 3, 4, 15, 16, 2_000].map { TaskPriority.keptForUrgent(of: $0) } == [0, 0, 0, 1, 3, 4, 4])
    for places in 1...2_000 { #expect(TaskPriority.keptForUrgent(of: places) < places) }
  }
}
