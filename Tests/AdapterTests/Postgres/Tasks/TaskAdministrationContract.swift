import Application
import Domain
import Foundation
import Testing

@Suite("The task queue for its users and operators", .serialized)
struct TaskAdministrationContract {
  @Test("the pages contain every task once, the newest first", arguments: TaskStoreKind.allCases)
  func pages(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<4 {
        try await store.enqueue(.plan())
        try await store.advance(.seconds(1))
      }
      // One transaction writes them all, and the fake at the same moment: so the id decides the order.
      try await store.enqueue(.plan(), .plan(), .plan())
      var seen: [TaskSummary] = []
      var cursor: TaskCursor?
      for size in [3, 3, 1] {
        let page = try await store.reader.page(.everyone, after: cursor, limit: 3)
        #expect(page.count == size)
        seen += page
        cursor = page.last.map { TaskCursor(createdAt: $0.createdAt, id: $0.id) }
      }
      #expect(Set(seen.map(\.id)).count == 7)
      #expect(seen.map(\.createdAt) == seen.map(\.createdAt).sorted(by: >))
      #expect(try await store.reader.page(.everyone, after: cursor, limit: 3).isEmpty)
    }
  }

  @Test(
    "what has ended, whenever that was, and what has not are pages in one order", arguments: TaskStoreKind.allCases,
    [1, 2, 3, 7])
  func mixedPages(kind: TaskStoreKind, size: Int) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<7 {
        try await store.enqueue(.plan())
        try await store.advance(.seconds(100))
      }
      let created = try await store.reader.page(.everyone, after: nil, limit: 7).map(\.id)
      var running = try await store.claim(7).map { ($0, created.firstIndex(of: $0.id) ?? 7) }
      // The oldest task ends last but one; three do not end.
      running.sort { $0.1 < $1.1 }
      for (task, _) in [running[1], running[5], running[6], running[3]] {
        let end: TaskDisposition = task.id == created[3] ? .failed(code: "broken") : .completed
        #expect(try await store.queue.finish(task, worker: "a", as: end))
        try await store.advance(.seconds(100))
      }
      var (seen, cursor): ([TaskID], TaskCursor?) = ([], nil)
      while true {
        let page = try await store.reader.page(.everyone, after: cursor, limit: size)
        guard let last = page.last else { break }
        seen += page.map(\.id)
        cursor = TaskCursor(createdAt: last.createdAt, id: last.id)
      }
      #expect(seen == created)
    }
  }

  @Test("a user sees their own tasks, and an operator all", arguments: TaskStoreKind.allCases)
  func scope(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let (user, other) = (UserID(UUID()), UserID(UUID()))
      try await store.enqueue(.plan(of: user), .plan(of: other), .plan(of: other), .plan())
      let own = try await store.reader.page(.own(user), after: nil, limit: 10)
      let id = try #require(own.first?.id)
      #expect(own.count == 1)
      #expect(try await store.reader.page(.everyone, after: nil, limit: 10).count == 4)
      #expect(try await store.reader.task(id, .own(user)) == own.first)
      #expect(try await store.reader.task(id, .own(other)) == nil)
      #expect(try await store.reader.task(id, .everyone) == own.first)
      #expect(try await store.reader.task(TaskID(UUID()), .everyone) == nil)
      #expect(try await store.reader.counts(.own(other)) == [.pending: 2])
      #expect(try await store.reader.counts(.everyone) == [.pending: 4])
      #expect(try await store.reader.counts(.own(UserID(UUID()))).isEmpty)
    }
  }

  @Test("tasks are counted by state", arguments: TaskStoreKind.allCases)
  func counts(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(), .plan(), .plan())
      let tasks = try await store.claim()
      #expect(try await store.queue.finish(tasks[0], worker: "a", as: .completed))
      #expect(try await store.queue.finish(tasks[1], worker: "a", as: .failed(code: "broken")))
      #expect(try await store.reader.counts(.everyone) == [.completed: 1, .failed: 1, .running: 1])
    }
  }

  @Test(
    "the oldest task of each state and type is found, but for those that went well", arguments: TaskStoreKind.allCases)
  func oldest(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      try await store.enqueue(.plan(of: user), .plan())
      for (task, end) in zip(try await store.claim(), [TaskDisposition.completed, .failed(code: "broken")]) {
        #expect(try await store.queue.finish(task, worker: "a", as: end))
      }
      try await store.advance(.seconds(100))
      try await store.enqueue(.plan(of: user, type: .receiptMail))
      try await store.insertUnknown("horoscope")
      try await store.advance(.seconds(50))
      try await store.enqueue(.plan(of: user, type: .receiptMail))
      let stats = try await store.reader.stats(.everyone)
      #expect(stats.counts == [.completed: 1, .failed: 1, .pending: 3])
      let seconds = stats.oldest.mapValues { $0.mapValues(\.components.seconds) }
      #expect(Set(seconds.keys) == [.failed, .pending])
      // Postgres goes by its own clock.
      #expect((150..<170).contains(seconds[.failed]?["care_plan"] ?? 0))
      #expect((50..<70).contains(seconds[.pending]?["receipt_mail"] ?? 0))
      #expect((50..<70).contains(seconds[.pending]?["horoscope"] ?? 0))
      let own = try await store.reader.stats(.own(user))
      #expect(own.counts[.pending] == 2 && own.oldest[.pending]?.count == 1)
    }
  }

  /// The actions that an operator may take in each state, and their results.
  @Test(
    "a task is retried or cancelled only if its state allows it", arguments: TaskStoreKind.allCases, TaskState.allCases)
  func steering(kind: TaskStoreKind, state: TaskState) async throws {
    try await TaskStore.with(kind) { store in
      let cancelling = try await task(in: state, store)
      let cancelled = try await store.administration.cancel(cancelling)
      // A running task is cancelled when its handler has ended.
      #expect(cancelled?.state == (state == .running ? .running : state.canCancel ? .cancelled : nil))
      #expect((cancelled?.completedAt != nil) == (state.canCancel && state != .running))
      if !state.canCancel { #expect(try await store.reader.task(cancelling, .everyone)?.state == state) }

      let retrying = try await task(in: state, store)
      let retried = try await store.administration.retry(retrying)
      #expect(retried?.state == (state.canRetry ? .pending : nil))
      guard state.canRetry else {
        #expect(try await store.reader.task(retrying, .everyone)?.state == state)
        return
      }
      #expect(retried?.attempts == 0 && retried?.errorCode == nil && retried?.completedAt == nil)
      // A parked task has a type that no worker here knows: a worker would park it again.
      if state != .parked { #expect(try await store.claim().map(\.id) == [retrying]) }
    }
  }

  @Test("a task that does not exist is neither retried nor cancelled", arguments: TaskStoreKind.allCases)
  func absent(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let retried = try await store.administration.retry(TaskID(UUID()))
      let cancelled = try await store.administration.cancel(TaskID(UUID()))
      #expect(retried == nil && cancelled == nil)
    }
  }

  /// A new task that was brought into this state.
  private func task(in state: TaskState, _ store: TaskStore) async throws -> TaskID {
    let known = Set(try await store.reader.page(.everyone, after: nil, limit: 100).map(\.id))
    if state == .parked {
      try await store.insertUnknown("horoscope")
    } else {
      try await store.enqueue(.plan(priority: 9))
    }
    let all = try await store.reader.page(.everyone, after: nil, limit: 100)
    let id = try #require(all.first { !known.contains($0.id) }?.id)
    switch state {
    case .pending: break
    case .cancelled: #expect(try await store.administration.cancel(id) != nil)
    case .parked: #expect(try await store.claim().isEmpty)
    case .running, .completed, .failed:
      let claimed = try #require(try await store.claim(1).first)
      if state == .completed { #expect(try await store.queue.finish(claimed, worker: "a", as: .completed)) }
      if state == .failed { #expect(try await store.queue.finish(claimed, worker: "a", as: .failed(code: "broken"))) }
    }
    #expect(try await store.reader.task(id, .everyone)?.state == state)
    return id
  }
}
