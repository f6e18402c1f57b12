import Domain
import Foundation
import Testing

@Suite("The filter of an operator's action")
struct TaskFilterTests {
  @Test("it admits the states that it names, and of those with an error none that went well")
  func states() {
    #expect(TaskFilter().states == TaskState.allCases)
    #expect(TaskFilter(state: .failed).states == [.failed])
    #expect(TaskFilter(errorCode: "broken").states == TaskState.allCases.filter { $0 != .completed })
    #expect(TaskFilter(state: .completed, errorCode: "broken").states.isEmpty)
  }

  @Test("its times hold a moment if they end after they begin")
  func times() {
    func hasNoTime(_ after: Double?, _ before: Double?) -> Bool {
      TaskFilter(
        createdAfter: after.map { Date(timeIntervalSince1970: $0) },
        createdBefore: before.map { Date(timeIntervalSince1970: $0) }
      ).hasNoTime
    }
    #expect(hasNoTime(2, 1) && hasNoTime(1, 1))
    #expect(!hasNoTime(1, 2) && !hasNoTime(1, nil) && !hasNoTime(nil, 1) && !hasNoTime(nil, nil))
  }
}
