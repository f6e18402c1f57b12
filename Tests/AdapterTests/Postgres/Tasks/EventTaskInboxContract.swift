import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Tasks for events", .serialized)
struct EventTaskInboxContract {
  @Test(
    "an event makes its tasks once, however often and by however many consumers it is delivered",
    arguments: TaskStoreKind.allCases)
  func once(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let event = EventID(UUID())
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { try await store.enqueue(.plan(), .plan(), for: event) } }
        try await group.waitForAll()
      }
      #expect(try await store.reader.counts(.everyone) == [.pending: 2])
    }
  }

  @Test("a unique key stands for one task, even after that is done", arguments: TaskStoreKind.allCases)
  func uniqueKey(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(key: "care_plan:1"))
      let task = try #require(try await store.claim().first)
      #expect(try await store.queue.finish(task, worker: "a", as: .completed))
      try await store.enqueue(.plan(key: "care_plan:1"), .plan(key: "care_plan:2"), .plan(), .plan())
      #expect(try await store.reader.counts(.everyone) == [.completed: 1, .pending: 3])
    }
  }

  @Test(
    "a unique key with a window stands for one task in each window, even after that is done",
    arguments: TaskStoreKind.allCases)
  func uniqueWithin(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      func plan(_ key: String, _ window: TaskUniqueWindow?) -> NewTask {
        NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: key, uniqueWithin: window)
      }
      // The longest ones, so that hardly any ends meanwhile.
      let longest = TaskUniqueWindow.longest
      let (long, other) = (TaskUniqueWindow(.seconds(longest)), TaskUniqueWindow(.seconds(longest - 1)))
      let short = TaskUniqueWindow(.seconds(1))
      for _ in 0..<3 { try await store.enqueue(plan("a", long), plan("b", long), plan("a", nil), plan("a", other)) }
      #expect(try await store.reader.counts(.everyone) == [.pending: 4])
      let tasks = try await store.claim()
      #expect(try await store.queue.finish(tasks.map { TaskEnd($0, .completed) }, worker: "a").count == 4)
      try await store.enqueue(plan("a", long))
      #expect(try await store.reader.counts(.everyone) == [.completed: 4])
      // The fake's clock is the test's, and that of Postgres goes on by itself.
      while try await store.reader.counts(.everyone)[.pending, default: 0] < 3 {
        try await store.enqueue(plan("a", short), plan("a", short))
        try await store.advance(.seconds(1))
      }
      #expect(try await store.reader.counts(.everyone) == [.completed: 4, .pending: 3])
    }
  }

  @Test("an occurrence of a schedule makes one task, however many instances see it", arguments: TaskStoreKind.allCases)
  func periodic(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let cron = try #require(CronExpression("0 0 1 1 *"))
      let enqueue = EnqueuePeriodicTasks(
        [PeriodicTask(.carePlanKeys, try #require(CronExpression("* * * * *"))), PeriodicTask(.carePlan, cron)],
        inbox: store.periodic)
      let before = try await store.periodic.now()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { for _ in 0..<3 { try await enqueue() } } }
        try await group.waitForAll()
      }
      let after = try await store.periodic.now()
      func minute(_ date: Date) -> Int { Int(date.timeIntervalSince1970) / 60 }
      // A minute may have ended meanwhile.
      let tasks = try await store.reader.page(.everyone, after: nil, limit: 10).filter { $0.type == "care_plan_keys" }
      #expect((1...1 + minute(after) - minute(before)).contains(tasks.count))
      #expect(tasks.allSatisfy { $0.state == .pending })
    }
  }

  @Test("an event wakes the waiting tasks of its types and its user only", arguments: TaskStoreKind.allCases)
  func wake(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let (user, other) = (UserID(UUID()), UserID(UUID()))
      try await store.enqueue(
        .plan(of: user, type: .receiptMail), .plan(of: user, type: .carePlan), .plan(of: other, type: .receiptMail))
      for task in try await store.claim() {
        #expect(
          try await store.queue.finish(task, worker: "a", as: .again(after: .seconds(900), code: nil, counts: false)))
      }
      try await store.enqueue(wake: TaskWakeUp(userID: user, types: [.receiptMail, .carePlanMail]))
      let woken = try await store.claim()
      #expect(woken.map(\.type) == [.receiptMail] && woken.map(\.userID) == [user])
    }
  }

  @Test(
    "an event that comes while a task runs lets it begin again at once, and only once",
    arguments: TaskStoreKind.allCases
  )
  func wakeRunning(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      let wait = TaskDisposition.again(after: .seconds(3_600), code: nil, counts: false)
      try await store.enqueue(.plan(of: user, type: .receiptMail), .plan(of: user), .plan(type: .receiptMail))
      let running = try await store.claim()
      #expect(running.count == 3)
      try await store.enqueue(wake: TaskWakeUp(userID: user, types: [.receiptMail]))
      #expect(try await store.queue.held(running, worker: "a").claims.count == 3)
      for task in running { #expect(try await store.queue.finish(task, worker: "a", as: wait)) }
      let again = try await store.claim()
      #expect(again.map(\.type) == [.receiptMail] && again.map(\.userID) == [user])
      for task in again { #expect(try await store.queue.finish(task, worker: "a", as: wait)) }
      #expect(try await store.claim().isEmpty)
    }
  }

  @Test("a mark from before a claim wakes nothing after it", arguments: TaskStoreKind.allCases)
  func staleMark(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      try await store.enqueue(.plan(of: user))
      #expect(try await store.claim().count == 1)
      try await store.enqueue(wake: TaskWakeUp(userID: user, types: [.carePlan]))
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 5) == 1)
      let second = try #require(try await store.claim().first)
      let wait = TaskDisposition.again(after: .seconds(3_600), code: nil, counts: false)
      #expect(try await store.queue.finish(second, worker: "a", as: wait))
      #expect(try await store.claim().isEmpty)
    }
  }

  @Test("an event and the end of an attempt that meet lose no wake-up")
  func wakeRace() async throws {
    try await TaskStore.with(.postgres) { store in
      let user = UserID(UUID())
      let wait = TaskDisposition.again(after: .seconds(3_600), code: nil, counts: false)
      try await store.enqueue(.plan(of: user))
      for _ in 0..<50 {
        let task = try #require(try await store.claim().first)
        async let wake: Void = store.enqueue(wake: TaskWakeUp(userID: user, types: [.carePlan]))
        let isWritten = try await eventually {
          try await store.queue.finish(task, worker: "a", as: wait) ? true : nil
        }
        #expect(isWritten == true)
        try await wake
      }
      #expect(try await store.claim().count == 1)
    }
  }

  @Test("for a deleted account there is no task but its erasure", arguments: TaskStoreKind.allCases)
  func deleted(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let gone = try await store.deletedUser()
      try await store.enqueue(
        .plan(of: gone), .plan(of: gone, type: .accountErasure), .plan(of: UserID(UUID()), type: .receiptMail), .plan())
      let types = try await store.reader.page(.everyone, after: nil, limit: 10).map(\.type)
      #expect(types.sorted() == ["account_erasure", "care_plan", "receipt_mail"])
      #expect(try await store.reader.page(.own(gone), after: nil, limit: 10).map(\.type) == ["account_erasure"])
    }
  }

  @Test(
    "the erasure of an account that is over begins anew when it is asked for again, and no other task does",
    arguments: TaskStoreKind.allCases)
  func erasureAgain(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for end in [TaskDisposition.failed(code: "account_not_deleted"), .completed, .cancelled] {
        let gone = try await store.deletedUser()
        let erasure = NewTask.plan(of: gone, key: "account_erasure:\(gone)", type: .accountErasure)
        try await store.enqueue(erasure)
        let task = try #require(try await store.claim().first)
        try await store.enqueue(erasure)
        #expect(try await store.claim().isEmpty)
        #expect(try await store.queue.finish(task, worker: "a", as: end))
        try await store.enqueue(erasure)
        let again = try #require(try await store.claim().first)
        #expect(again.id == task.id && again.userID == gone && again.attempt == 1)
        #expect(try await store.queue.finish(again, worker: "a", as: .completed))
        #expect(try await store.reader.page(.own(gone), after: nil, limit: 10).map(\.state) == [.completed])
      }
      for type in [TaskType.conversationErasure, .carePlan] {
        let other = NewTask.plan(key: "other:\(type)", type: type)
        try await store.enqueue(other)
        let task = try #require(try await store.claim().first)
        #expect(try await store.queue.finish(task, worker: "a", as: .failed(code: "of_no_use")))
        try await store.enqueue(other)
        #expect(try await store.claim().isEmpty)
      }
    }
  }

  @Test("what the database refuses is told apart from a database that is away, and leaves no record of the event")
  func refused() async throws {
    try await withMigratedDatabase { database in
      let intake = PostgresEventTaskInbox(pool: database.pool, inbox: PostgresInbox(consumer: "task"))
      try await database.pool.query("ALTER TABLE tasks ADD CONSTRAINT poison CHECK (payload->>'n' <> '7')")
      let event = EventID(UUID())
      do {
        try await intake.enqueue([.plan(#"{"n":"7"}"#)], wake: nil, for: event)
        Issue.record("the database took it")
      } catch {
        #expect((error as? PostgresError)?.refusesValues == true)
      }
      let seen = try await database.pool.query("SELECT 1 AS one FROM inbox").rows
      #expect(seen.isEmpty)
      try await intake.enqueue([.plan(#"{"n":"8"}"#)], wake: nil, for: event)
    }
  }

  @Test("a task that is new, woken or retried notifies the workers")
  func rings() async throws {
    try await withMigratedDatabase { database in
      let listener = try TestDatabase.pool(database.url, 1)
      defer { listener.close() }
      let bell = Bell()
      let listening = Task { for await note in listener.listen(to: ["tasks"]) { await bell.hear(note) } }
      defer { listening.cancel() }
      let wakeups = PostgresTaskNotifications.stream(own: database.pool, all: listener)
      let telling = Task { for await _ in wakeups {} }
      defer { telling.cancel() }
      #expect(await eventually { await bell.isListening ? true : nil } == true)
      let user = UserID(UUID())
      let intake = PostgresEventTaskInbox(pool: database.pool, inbox: PostgresInbox(consumer: "task"))
      let administration = PostgresTaskAdministration(database: database.pool)
      try await intake.enqueue([.plan(of: user)], wake: nil, for: EventID(UUID()))
      #expect(await eventually { await bell.rings == 1 ? true : nil } == true)
      try await intake.enqueue([], wake: TaskWakeUp(userID: user, types: [.carePlan]), for: EventID(UUID()))
      #expect(await eventually { await bell.rings == 2 ? true : nil } == true)
      let task = try #require(
        try await PostgresTaskReader(database: database.pool).page(.everyone, after: nil, limit: 1).first)
      #expect(try await administration.cancel(task.id) != nil)
      #expect(try await administration.retry(task.id) != nil)
      #expect(await eventually { await bell.rings == 3 ? true : nil } == true)
    }
  }
}
