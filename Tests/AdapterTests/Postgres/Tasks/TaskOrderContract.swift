import Application
import Domain
import Foundation
import Testing

@Suite("Tasks with an ordering key", .serialized)
struct TaskOrderContract {
  private static func number(_ tasks: [ClaimedTask]) -> [Int] {
    tasks.compactMap { Int($0.payload.filter(\.isNumber)) }
  }

  private static func plan(_ number: Int, _ key: String?, of user: UserID? = nil) -> NewTask {
    .plan("{\"n\":\(number)}", of: user, order: key)
  }

  @Test(
    "they run one at a time in the order of their creation, and hold up no others", arguments: TaskStoreKind.allCases)
  func order(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(Self.plan(1, "a"), Self.plan(2, "a"), Self.plan(3, "b"), Self.plan(4, nil))
      try await store.enqueue(Self.plan(5, "a"))
      var seen: [[Int]] = []
      while case let tasks = try await store.claim(), !tasks.isEmpty {
        seen.append(Self.number(tasks).sorted())
        #expect(try await store.claim().isEmpty)
        let ends = tasks.map { TaskEnd($0, .completed) }
        #expect(try await store.queue.finish(ends, worker: "a").count == tasks.count)
      }
      #expect(seen == [[1, 3, 4], [2], [5]])
    }
  }

  @Test(
    "one that waits holds those behind it, and its end lets the next begin, whatever end it is",
    arguments: TaskStoreKind.allCases)
  func head(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for number in 1...5 { try await store.enqueue(Self.plan(number, "a")) }
      let first = try #require(try await store.claim().first)
      let wait = TaskDisposition.again(after: .seconds(60), code: "provider_down", counts: true)
      #expect(try await store.queue.finish(first, worker: "a", as: wait))
      #expect(try await store.claim().isEmpty)
      try await store.advance(.seconds(61))
      let again = try #require(try await store.claim().first)
      #expect(again.id == first.id)
      #expect(try await store.queue.finish(again, worker: "a", as: .failed(code: "broken")))

      let second = try #require(try await store.claim().first)
      #expect(Self.number([second]) == [2])
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 1) == 1)

      let third = try #require(try await store.claim().first)
      #expect(Self.number([third]) == [3])
      #expect(try await store.administration.cancel(third.id) != nil)
      #expect(try await store.queue.finish(third, worker: "a", as: .cancelled))

      let waiting = try await store.reader.page(.everyone, after: nil, limit: 10).filter { $0.state == .pending }
      #expect(waiting.count == 2)
      let fourth = try #require(try await store.claim().first)
      #expect(Self.number([fourth]) == [4])
      let fifth = try #require(waiting.first { $0.id != fourth.id })
      #expect(try await store.administration.cancel(fifth.id)?.state == .cancelled)
      #expect(try await store.claim().isEmpty)
      #expect(try await store.queue.finish(fourth, worker: "a", as: .completed))
      #expect(try await store.claim().isEmpty)
      #expect(try await store.administration.retry(fifth.id)?.state == .pending)
      #expect(try await Self.number(store.claim()) == [5])
    }
  }

  @Test("the time behind another one does not count as waiting", arguments: TaskStoreKind.allCases)
  func patience(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for number in 1...2 { try await store.enqueue(Self.plan(number, "a")) }
      let first = try #require(try await store.claim().first)
      try await store.advance(.seconds(8 * 86_400))
      #expect(try await store.queue.finish(first, worker: "a", as: .completed))
      let second = try #require(try await store.claim().first)
      #expect(second.age < .seconds(1_000))
    }
  }

  @Test("one that is parked holds those behind it until a worker reads it", arguments: TaskStoreKind.allCases)
  func parked(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(#"{"n":1}"#, version: 2, order: "a"), Self.plan(2, "a"))
      let first = try #require(try await store.claim().first)
      #expect(Self.number([first]) == [1])
      let parked = TaskDisposition.parked(code: "unknown_version")
      #expect(try await store.queue.finish(first, worker: "a", as: parked))
      #expect(try await store.queue.rescue(maximumLosses: 5) == 0)
      #expect(try await store.claim().isEmpty)
      #expect(try await store.queueReading(1...2).rescue(maximumLosses: 5) == 0)
      let again = try await store.claim()
      #expect(again.map(\.id) == [first.id])
      #expect(try await store.queue.finish(again.map { TaskEnd($0, .completed) }, worker: "a").count == 1)
      #expect(try await Self.number(store.claim()) == [2])
    }
  }

  @Test("neither an event nor an operator lets one run before those before it", arguments: TaskStoreKind.allCases)
  func stays(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      for number in 1...2 { try await store.enqueue(Self.plan(number, "a", of: user)) }
      let first = try #require(try await store.claim().first)
      try await store.enqueue(wake: TaskWakeUp(userID: user, types: [.carePlan]))
      let reason = try #require(Reason("a test"))
      let filter = TaskFilter(type: "care_plan")
      let action = try await store.actions.start(NewTaskAction(.runNow, on: filter, reason: reason, actor: "cli:test"))
      _ = try await store.actions.step(.runNow, on: filter, of: action.id, from: nil, limit: 10)
      #expect(try await store.claim().map(\.type) == [.taskAction])
      #expect(try await store.queue.finish(first, worker: "a", as: .completed))
      #expect(try await Self.number(store.claim()) == [2])
    }
  }

  @Test("one that is retried does not run beside another", arguments: TaskStoreKind.allCases)
  func retried(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for number in 1...3 { try await store.enqueue(Self.plan(number, "a")) }
      let first = try #require(try await store.claim().first)
      #expect(try await store.queue.finish(first, worker: "a", as: .failed(code: "broken")))
      let second = try #require(try await store.claim().first)
      #expect(try await store.administration.retry(first.id)?.state == .pending)
      let third = try #require(
        try await store.reader.page(.everyone, after: nil, limit: 9).first { ![first.id, second.id].contains($0.id) })
      #expect(try await store.administration.cancel(third.id)?.state == .cancelled)
      #expect(try await store.claim().isEmpty)
      #expect(try await store.queue.finish(second, worker: "a", as: .completed))
      #expect(try await store.claim().map(\.id) == [first.id])
    }
  }
}
