import Application
import Domain
import Foundation
import Testing

@Suite("Types of tasks that are paused or limited", .serialized)
struct TaskTypeContract {
  private static func limit(
    _ store: TaskStore, running: Int? = nil, perMinute: Int? = nil, _ type: TaskType = .carePlan
  ) async throws {
    let limits = try #require(TaskTypeLimits(mostRunning: running, mostPerMinute: perMinute))
    try await store.types.limit(type, to: limits, reason: try #require(Reason("a test")), actor: "cli:test")
  }

  private static func finish(_ tasks: [ClaimedTask], _ store: TaskStore) async throws {
    #expect(try await store.queue.finish(tasks.map { TaskEnd($0, .completed) }, worker: "a").count == tasks.count)
  }

  @Test("no task of a paused type begins, what runs goes on, and all others run", arguments: TaskStoreKind.allCases)
  func pause(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let reason = try #require(Reason("the key is wrong"))
      try await store.enqueue(.plan(), .plan())
      let running = try await store.claim(1)
      try await store.types.pause(.carePlan, reason: reason, actor: "cli:test")
      for _ in 0..<20 { try await store.enqueue(.plan(type: .receiptMail)) }
      #expect(try await store.claim().map(\.type) == Array(repeating: .receiptMail, count: 10))
      try await Self.finish(running, store)
      let report = try #require(try await store.types.types().first { $0.type == .carePlan })
      #expect(report.pause?.reason == "the key is wrong" && report.pause?.actor == "cli:test")
      #expect(report.pending == 1 && report.running == 0 && report.limits == .unlimited)
      try await store.types.resume(.carePlan, reason: reason, actor: "cli:test")
      #expect(try await store.claim(20).map(\.type.rawValue).sorted().first == "care_plan")
      #expect(try await store.types.types().allSatisfy { $0.pause == nil })
    }
  }

  @Test("a pause counts neither as waiting nor as failing", arguments: TaskStoreKind.allCases)
  func patience(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let reason = try #require(Reason("the provider is away"))
      try await store.enqueue(.plan())
      let task = try #require(try await store.claim().first)
      let retry = TaskDisposition.again(after: .zero, code: "provider_down", counts: true)
      #expect(try await store.queue.finish(task, worker: "a", as: retry))
      try await store.types.pause(.carePlan, reason: reason, actor: "cli:test")
      try await store.advance(.seconds(8 * 86_400))
      try await store.types.resume(.carePlan, reason: reason, actor: "cli:test")
      try await store.advance(.seconds(1_000))
      let again = try #require(try await store.claim().first)
      #expect(again.age >= .seconds(1_000) && again.age < .seconds(2_000))
      #expect(again.failingFor >= .seconds(1_000) && again.failingFor < .seconds(2_000))
    }
  }

  @Test("of a limited type no more run at once, and other types take the places", arguments: TaskStoreKind.allCases)
  func running(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await Self.limit(store, running: 3)
      for _ in 0..<9 { try await store.enqueue(.plan(priority: 10)) }
      for _ in 0..<4 { try await store.enqueue(.plan(type: .receiptMail)) }
      let first = try await store.claim()
      #expect(first.filter { $0.type == .carePlan }.count == 3 && first.count == 7)
      #expect(try await store.claim(by: "b").isEmpty)
      let plans = first.filter { $0.type == .carePlan }
      try await Self.finish(Array(plans.prefix(2)), store)
      #expect(try await store.claim(by: "b").count == 2)
      #expect(try await store.claim(by: "c").isEmpty)
    }
  }

  @Test("a task that begins again and again takes one place of its type's limit", arguments: TaskStoreKind.allCases)
  func again(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await Self.limit(store, running: 2)
      try await store.enqueue(.plan())
      for _ in 0..<3 {
        let task = try #require(try await store.claim().first)
        let wait = TaskDisposition.again(after: .zero, code: "too_early", counts: false)
        #expect(try await store.queue.finish(task, worker: "a", as: wait))
      }
      #expect(try await store.claim().count == 1)
      try await store.enqueue(.plan(), .plan())
      #expect(try await store.claim(by: "b").count == 1)
      #expect(try await store.claim(by: "c").isEmpty)
    }
  }

  @Test("a claimed task of a limited type has all that another one has", arguments: TaskStoreKind.allCases)
  func whole(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      try await Self.limit(store, running: 1)
      try await store.enqueue(.plan(#"{"n":7}"#, version: 2, of: user))
      let task = try #require(try await store.claim().first)
      #expect(task.type == .carePlan && task.payload.filter(\.isNumber) == "7" && task.version == 2)
      #expect(task.userID == user && task.attempt == 1 && task.claim.number == 1 && !task.wasStarted)
    }
  }

  @Test("a task of a worker whose lease is over does not count as running", arguments: TaskStoreKind.allCases)
  func lease(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await Self.limit(store, running: 2)
      for _ in 0..<5 { try await store.enqueue(.plan()) }
      #expect(try await store.claim(by: "dead").count == 2)
      try await store.advance(.seconds(31))
      #expect(try await store.claim(by: "b").count == 2)
      #expect(try await store.claim(by: "c").isEmpty)
    }
  }

  @Test("a type's rate holds for all workers together", arguments: TaskStoreKind.allCases)
  func rate(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      // One at once, and then one in six seconds.
      try await Self.limit(store, perMinute: 10)
      for _ in 0..<9 { try await store.enqueue(.plan()) }
      try await store.enqueue(.plan(type: .receiptMail))
      #expect(try await store.claim(by: "a").map(\.type.rawValue).sorted() == ["care_plan", "receipt_mail"])
      #expect(try await store.claim(by: "b").isEmpty)
      try await store.advance(.seconds(7))
      #expect(try await store.claim(by: "b").count == 1)
      #expect(try await store.claim(by: "a").isEmpty)
      try await Self.limit(store)
      #expect(try await store.claim(by: "a").count == 7)
    }
  }

  @Test("a raised rate holds from the next claim", arguments: TaskStoreKind.allCases)
  func raisedRate(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await Self.limit(store, perMinute: 1)
      for _ in 0..<40 { try await store.enqueue(.plan()) }
      #expect(try await store.claim(40).count == 1)
      #expect(try await store.claim(40).isEmpty)
      try await Self.limit(store, perMinute: 600)
      #expect(try await store.claim(40).count == 30)
    }
  }

  @Test("many workers at once stay within a limit", arguments: TaskStoreKind.allCases)
  func racing(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await Self.limit(store, running: 7)
      for _ in 0..<60 { try await store.enqueue(.plan()) }
      let taken = try await withThrowingTaskGroup(of: Int.self) { group in
        for worker in 0..<4 {
          group.addTask {
            var mine = 0
            for _ in 0..<15 { mine += try await store.claim(4, by: "w\(worker)").count }
            return mine
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(taken == 7)
    }
  }

  @Test(
    "a limited type with several priorities goes by priority, and each task comes", arguments: TaskStoreKind.allCases)
  func priorities(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await Self.limit(store, running: 1)
      try await store.enqueue(.plan(#"{"n":1}"#))
      try await store.advance(.seconds(1))
      try await store.enqueue(.plan(#"{"n":2}"#, priority: 10), .plan(#"{"n":3}"#, priority: 10))
      var seen: [String] = []
      for _ in 0..<3 {
        let tasks = try await store.claim()
        seen += tasks.map { $0.payload.filter(\.isNumber) }
        try await Self.finish(tasks, store)
      }
      #expect(seen.count == 3 && seen.last == "1" && Set(seen) == ["1", "2", "3"])
    }
  }
}
