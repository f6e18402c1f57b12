import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("An operator's actions on many tasks", .serialized)
struct TaskActionContract {
  private let filter = TaskFilter(type: "care_plan", errorCode: "gemini_refused")

  /// Carries an action out, as its task does.
  private func run(_ action: TaskAction, on filter: TaskFilter, _ store: TaskStore, limit: Int = 2) async throws -> Int
  {
    let id = try await start(action, on: filter, store).id
    try await store.advance(.seconds(1))
    return try await finish(action, on: filter, id, store, limit: limit)
  }

  private func start(
    _ action: TaskAction, on filter: TaskFilter, _ store: TaskStore
  ) async throws -> (id: TaskID, count: TaskCount) {
    try await store.actions.start(
      NewTaskAction(action, on: filter, reason: try #require(Reason("a test")), actor: "cli:test"))
  }

  private func finish(
    _ action: TaskAction, on filter: TaskFilter, _ id: TaskID, _ store: TaskStore, limit: Int = 2
  ) async throws -> Int {
    var (changed, place) = (0, TaskActionPlace?.none)
    repeat {
      let step = try await store.actions.step(action, on: filter, of: id, from: place, limit: limit)
      (changed, place) = (changed + step.changed, step.next)
    } while place != nil
    return changed
  }

  /// Tasks that ended with the code.
  private func fail(_ count: Int, _ code: String, type: TaskType = .carePlan, _ store: TaskStore) async throws {
    for _ in 0..<count { try await store.enqueue(.plan(type: type)) }
    for task in try await store.claim(count) {
      #expect(try await store.queue.finish(task, worker: "a", as: .failed(code: code)))
    }
  }

  @Test("the tasks that failed for one reason are retried, and no others", arguments: TaskStoreKind.allCases)
  func retries(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await fail(5, "gemini_refused", store)
      try await fail(2, "gemini_blocked", store)
      try await fail(1, "gemini_refused", type: .carePlanMail, store)
      let preview = try await store.actions.preview(.retry, on: filter, sample: 3)
      #expect(preview.count == TaskCount(counted: 5) && preview.sample.count == 3)
      #expect(preview.sample.allSatisfy { $0.type == "care_plan" && $0.errorCode == "gemini_refused" })
      #expect(try await run(.retry, on: filter, store) == 5)
      #expect(try await store.reader.counts(.everyone) == [.pending: 6, .failed: 3])
      #expect(try await store.actions.preview(.retry, on: filter, sample: 3).count.number == 0)
      let claimed = try await store.claim(10)
      #expect(claimed.first?.type == .taskAction && claimed.count == 6)
      #expect(claimed.dropFirst().allSatisfy { $0.attempt == 1 })
    }
  }

  @Test(
    "what fails after the action began is not concerned, so that the action ends", arguments: TaskStoreKind.allCases)
  func laterFailures(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await fail(2, "gemini_refused", store)
      try await store.enqueue(.plan())
      try await store.advance(.seconds(1))
      let id = try await start(.retry, on: filter, store).id
      let running = try await store.claim(10).filter { $0.type == .carePlan }
      try await store.advance(.seconds(1))
      for task in running {
        #expect(try await store.queue.finish(task, worker: "a", as: .failed(code: "gemini_refused")))
      }
      #expect(try await finish(.retry, on: filter, id, store) == 2)
    }
  }

  @Test(
    "waiting tasks are cancelled, hastened or reordered, and running ones are not", arguments: TaskStoreKind.allCases)
  func waiting(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let receipts = TaskFilter(type: "receipt_mail")
      try await store.enqueue(.plan(type: .receiptMail))
      let running = try #require(try await store.claim().first)
      try await store.enqueue(.plan(type: .receiptMail), .plan(type: .receiptMail))
      for task in try await store.claim() {
        let end = TaskDisposition.again(after: .seconds(3_600), code: "mail_busy", counts: false)
        #expect(try await store.queue.finish(task, worker: "a", as: end))
      }
      #expect(try await run(.priority(7), on: receipts, store) == 2)
      #expect(try await store.claim().map(\.type) == [.taskAction])
      #expect(try await run(.runNow, on: receipts, store) == 2)
      try await store.enqueue(.plan(priority: 5))
      #expect(try await store.claim().map(\.type) == [.taskAction, .receiptMail, .receiptMail, .carePlan])
      try await store.enqueue(.plan(type: .receiptMail))
      // The running ones are asked to stop.
      #expect(try await run(.cancel, on: receipts, store) == 4)
      #expect(try await store.reader.task(running.id, .everyone)?.state == .running)
      #expect(try await store.reader.counts(.everyone)[.cancelled] == 1)
    }
  }

  @Test("each step goes on after the one before, from the oldest task to the newest", arguments: TaskStoreKind.allCases)
  func order(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for code in ["first", "second", "third"] {
        try await fail(1, code, store)
        try await store.advance(.seconds(1))
      }
      try await store.insertUnknown("from_a_newer_build")
      #expect(try await store.claim().isEmpty)
      let sample = try await store.actions.preview(.retry, on: TaskFilter(), sample: 3).sample
      #expect(sample.map(\.errorCode) == ["first", "second", "third"])
      let id = try await start(.retry, on: TaskFilter(), store).id
      try await store.advance(.seconds(1))
      var (left, place): ([[TaskState: Int]], TaskActionPlace?) = ([], nil)
      repeat {
        place = try await store.actions.step(.retry, on: TaskFilter(), of: id, from: place, limit: 1).next
        left.append(try await store.reader.counts(.everyone))
      } while place != nil
      // The parked one comes first; the action's own task is pending, too.
      #expect(left.map { $0[.parked, default: 0] + $0[.failed, default: 0] }.prefix(5) == [3, 3, 2, 1, 0])
      #expect(left.first?[.parked] == nil && left.last == [.pending: 5])
    }
  }

  @Test("a filter's conditions all apply", arguments: TaskStoreKind.allCases)
  func conditions(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await fail(1, "old", store)
      try await store.advance(.seconds(600))
      try await fail(1, "new", store)
      try await store.insertUnknown("from_a_newer_build")
      _ = try await store.claim()
      let tasks = try await store.reader.page(.everyone, after: nil, limit: 10)
      let old = try #require(tasks.first { $0.errorCode == "old" }),
        new = try #require(tasks.first { $0.errorCode == "new" })
      func count(_ filter: TaskFilter, _ action: TaskAction = .retry) async throws -> Int {
        try await store.actions.preview(action, on: filter, sample: 1).count.number
      }
      #expect(try await count(TaskFilter()) == 3)
      #expect(try await count(TaskFilter(state: .failed)) == 2)
      #expect(try await count(TaskFilter(state: .parked)) == 1)
      #expect(try await count(TaskFilter(state: .pending)) == 0)
      #expect(try await count(TaskFilter(type: "from_a_newer_build")) == 1)
      #expect(try await count(TaskFilter(state: .parked), .cancel) == 1)
      #expect(try await count(TaskFilter(state: .failed), .cancel) == 0)
      #expect(try await count(TaskFilter(errorCode: "old", createdBefore: new.createdAt)) == 1)
      #expect(try await count(TaskFilter(errorCode: "new", createdBefore: new.createdAt)) == 0)
      #expect(try await count(TaskFilter(type: "care_plan", createdAfter: new.createdAt)) == 1)
      #expect(try await count(TaskFilter(type: "care_plan", createdAfter: old.createdAt)) == 2)
      try await store.enqueue(.plan(type: .conversationErasure), .plan(key: "cancelled"))
      #expect(try await count(TaskFilter(state: .pending), .cancel) == 1)
      #expect(try await count(TaskFilter(type: "conversation_erasure", state: .pending), .cancel) == 1)
      #expect(try await count(TaskFilter(state: .pending), .runNow) == 2)
      #expect(try await run(.cancel, on: TaskFilter(type: "care_plan"), store) == 1)
      #expect(try await count(TaskFilter(type: "care_plan")) == 2)
      #expect(try await count(TaskFilter(type: "care_plan", state: .cancelled)) == 1)
    }
  }

  @Test("an action is written with its reason, by the role of the task service")
  func noted() async throws {
    try await RoleDatabase.with { roles async throws in
      let actions = PostgresTaskActionRepository(database: roles[.task])
      let reason = try #require(Reason("the key was wrong"))
      let started = try await actions.start(NewTaskAction(.retry, on: filter, reason: reason, actor: "cli:asha"))
      _ = try await actions.step(.retry, on: filter, of: started.id, from: nil, limit: 10)
      let administration = PostgresTaskAdministration(database: roles[.task])
      #expect(try await administration.cancel(started.id, reason: reason, actor: "cli:asha")?.state == .cancelled)
      #expect(try await administration.cancel(started.id, reason: reason, actor: "cli:asha") == nil)
      #expect(try await administration.retry(started.id, reason: reason, actor: "cli:asha")?.state == .pending)
      let noted = try await roles.owner.query(
        "SELECT concat_ws(' ', actor, action, subject, reason) AS text FROM operator_actions ORDER BY id"
      ).rows.map { try $0.get("text", as: String.self) }
      #expect(
        noted
          == ["tasks.retry", "task.cancel", "task.retry"].map { "cli:asha \($0) \(started.id) the key was wrong" })
    }
  }
}
