import Application
import Domain
import Foundation
import Testing

@Suite("Tasks that wait for a callback", .serialized)
struct TaskCallbackContract {
  private static let wait = TaskDisposition.afterCallback(orAfter: .seconds(900), code: "not_ready")

  private static func call(_ store: TaskStore, _ key: String = "k") async throws {
    try await store.intake.callBack(key, for: EventID(UUID()))
  }

  @Test("a callback makes the tasks due that wait for it, and no other", arguments: TaskStoreKind.allCases)
  func wakes(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(
        .plan(#"{"n":1}"#, callback: "k"), .plan(#"{"n":2}"#, callback: "k"), .plan(callback: "l"), .plan())
      for task in try await store.claim() {
        #expect(try await store.queue.finish(task, worker: "a", as: Self.wait))
        let shown = try #require(try await store.reader.task(task.id, .everyone))
        #expect(shown.state == .pending && shown.errorCode == "not_ready" && shown.attempts == 0)
      }
      #expect(try await store.claim().isEmpty)
      try await Self.call(store)
      let called = try await store.claim()
      #expect(called.count == 2 && called.allSatisfy { $0.payload.contains("n") && $0.attempt == 1 })
    }
  }

  @Test("without a callback the task is due after its time", arguments: TaskStoreKind.allCases)
  func fallback(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(callback: "k"))
      let task = try #require(try await store.claim().first)
      #expect(try await store.queue.finish(task, worker: "a", as: Self.wait))
      try await store.advance(.seconds(890))
      #expect(try await store.claim().isEmpty)
      try await store.advance(.seconds(11))
      #expect(try await store.claim().map(\.id) == [task.id])
    }
  }

  @Test("a callback that comes before the wait is written is not slept past", arguments: TaskStoreKind.allCases)
  func early(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(callback: "k"))
      let task = try #require(try await store.claim().first)
      try await store.advance(.seconds(1))
      try await Self.call(store)
      try await store.advance(.seconds(1))
      #expect(try await store.queue.finish(task, worker: "a", as: Self.wait))
      let again = try #require(try await store.claim().first)
      #expect(again.id == task.id && again.attempt == 1)
      // That attempt has looked since the callback, so it waits for the next one.
      try await store.advance(.seconds(1))
      #expect(try await store.queue.finish(again, worker: "a", as: Self.wait))
      #expect(try await store.claim().isEmpty)
      try await Self.call(store)
      #expect(try await store.claim().count == 1)
    }
  }

  @Test(
    "a callback hastens neither a task that waits for something else nor one that has ended",
    arguments: TaskStoreKind.allCases)
  func others(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<3 { try await store.enqueue(.plan(callback: "k")) }
      let tasks = try await store.claim()
      let outage = TaskDisposition.again(after: .seconds(900), code: "provider_down", counts: false)
      #expect(try await store.queue.finish(tasks[0], worker: "a", as: Self.wait))
      try await store.advance(.seconds(901))
      let again = try #require(try await store.claim().first)
      #expect(try await store.queue.finish(again, worker: "a", as: outage))
      #expect(try await store.queue.finish(tasks[1], worker: "a", as: .completed))
      #expect(try await store.queue.finish(tasks[2], worker: "a", as: .failed(code: "broken")))
      try await Self.call(store)
      #expect(try await store.claim().isEmpty)
      #expect(try await store.reader.counts(.everyone) == [.pending: 1, .completed: 1, .failed: 1])
    }
  }

  @Test("an event calls back once, however often it is delivered", arguments: TaskStoreKind.allCases)
  func once(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(callback: "k"))
      let event = EventID(UUID())
      for expected in [1, 0] {
        if let task = try await store.claim().first {
          #expect(try await store.queue.finish(task, worker: "a", as: Self.wait))
        }
        try await store.intake.callBack("k", for: event)
        try await store.advance(.seconds(1))
        let claimed = try await store.claim()
        #expect(claimed.count == expected)
        for task in claimed { #expect(try await store.queue.finish(task, worker: "a", as: Self.wait)) }
      }
    }
  }

  @Test(
    "an event that comes while a task runs ends its wait for a callback, too, and only once",
    arguments: TaskStoreKind.allCases)
  func woken(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      try await store.enqueue(.plan(of: user, callback: "k"))
      let task = try #require(try await store.claim().first)
      try await store.enqueue(wake: TaskWakeUp(userID: user, types: [.carePlan]))
      #expect(try await store.queue.finish(task, worker: "a", as: Self.wait))
      let again = try #require(try await store.claim().first)
      #expect(again.id == task.id && again.attempt == 1)
      #expect(try await store.queue.finish(again, worker: "a", as: Self.wait))
      #expect(try await store.claim().isEmpty)
      try await Self.call(store)
      #expect(try await store.claim().map(\.id) == [task.id])
    }
  }

  @Test("a task that is to stop does not wait for a callback", arguments: TaskStoreKind.allCases)
  func cancelled(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(callback: "k"))
      let task = try #require(try await store.claim().first)
      #expect(try await store.administration.cancel(task.id)?.state == .running)
      #expect(try await store.queue.finish(task, worker: "a", as: Self.wait))
      #expect(try await store.reader.task(task.id, .everyone)?.state == .cancelled)
    }
  }

  /// The callback and the end of the attempt run at once, in any order.
  @Test("callbacks and ends that race leave no task asleep", arguments: TaskStoreKind.allCases)
  func racing(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for number in 0..<60 { try await store.enqueue(.plan(callback: "k\(number)")) }
      let tasks = try await store.claim(60)
      #expect(tasks.count == 60)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for number in 0..<60 { try await Self.call(store, "k\(number)") } }
        group.addTask {
          var left = tasks
          while !left.isEmpty {
            // A row that a callback has locked is written later.
            let written = try await store.queue.finish(left.map { TaskEnd($0, Self.wait) }, worker: "a")
            left.removeAll { written.contains($0.claim) }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await store.claim(60).count == 60)
    }
  }
}
