import Application
import FoundationEssentials
import Testing

@Suite("The history of a task's failures")
struct TaskFailureTests {
  private static func failure(_ attempt: Int) -> TaskFailure {
    TaskFailure(attempt: attempt, code: "broken", failedAt: Date(), duration: nil, worker: nil)
  }

  @Test(
    "the first failures stay, the last ones are there, and what is kept has a bound",
    arguments: [0, 1, 20, 39, 40, 41, 500])
  func bounded(count: Int) {
    let kept = (0..<count).reduce(into: [TaskFailure]()) { $0 = $0.adding(Self.failure($1)) }.map(\.attempt)
    #expect(kept.count == min(count, TaskFailure.mostKept))
    #expect(Array(kept.prefix(TaskFailure.firstKept)) == Array((0..<count).prefix(TaskFailure.firstKept)))
    let last = TaskFailure.mostKept - TaskFailure.firstKept
    if count >= TaskFailure.mostKept { #expect(Array(kept.suffix(last)) == Array(count - last..<count)) }
    #expect(kept == kept.sorted())
  }
}
