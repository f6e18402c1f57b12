import Application
import Domain
import Testing

/// How attempts of tasks end, and what an end leaves for the next attempt.
extension TaskQueueContract {
  @Test(
    "a task is given out again only after its delay; waiting counts as no attempt", arguments: TaskStoreKind.allCases)
  func again(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let first = try #require(try await store.claim().first)
      let wait = TaskDisposition.again(after: .seconds(60), code: nil, counts: false)
      #expect(try await store.queue.finish(first, worker: "a", as: wait))
      #expect(try await store.reader.task(first.id, .everyone)?.state == .pending)
      #expect(try await store.claim().isEmpty)
      try await store.advance(.seconds(61))
      let second = try #require(try await store.claim().first)
      #expect(second.attempt == 1)
      let retry = TaskDisposition.again(after: .seconds(60), code: "provider_down", counts: true)
      #expect(try await store.queue.finish(second, worker: "a", as: retry))
      #expect(try await store.reader.task(first.id, .everyone)?.errorCode == "provider_down")
      try await store.advance(.seconds(61))
      #expect(try await store.claim().map(\.attempt) == [2])
    }
  }

  @Test(
    "the ends of many tasks are written at once, each only if its task is still held", arguments: TaskStoreKind.allCases
  )
  func ends(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<4 { try await store.enqueue(.plan()) }
      let tasks = try await store.claim(4)
      #expect(try await store.queue.finish(tasks[3], worker: "a", as: .completed))
      let ends = [
        TaskEnd(tasks[0], .completed), TaskEnd(tasks[1], .failed(code: "broken")),
        TaskEnd(tasks[2], .again(after: .seconds(60), code: "provider_down", counts: true)),
        TaskEnd(tasks[3], .failed(code: "late")),
      ]
      #expect(try await store.queue.finish(ends, worker: "a") == Set(tasks.prefix(3).map(\.claim)))
      var seen: [TaskState] = []
      for task in tasks { seen.append(try #require(try await store.reader.task(task.id, .everyone)).state) }
      #expect(seen == [.completed, .failed, .pending, .completed])
      #expect(try await store.reader.task(tasks[1].id, .everyone)?.errorCode == "broken")
    }
  }

  @Test(
    "a task that may have begun says so, even if that attempt does not count", arguments: TaskStoreKind.allCases)
  func wasStarted(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let first = try #require(try await store.claim().first)
      #expect(!first.wasStarted)
      let back = TaskDisposition.again(after: .zero, code: nil, counts: false)
      #expect(try await store.queue.finish(first, worker: "a", as: back))
      let second = try #require(try await store.claim().first)
      #expect(second.attempt == 1 && second.wasStarted)
      #expect(try await store.queue.finish(second, worker: "a", as: .failed(code: "broken")))
      #expect(try await store.administration.retry(first.id) != nil)
      let third = try #require(try await store.claim().first)
      #expect(third.attempt == 1 && third.wasStarted)
    }
  }

  @Test(
    "an end that comes late changes nothing, though the attempt has the same number", arguments: TaskStoreKind.allCases)
  func lateEnd(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let first = try #require(try await store.claim().first)
      let back = TaskDisposition.again(after: .zero, code: nil, counts: false)
      #expect(try await store.queue.finish(first, worker: "a", as: back))
      let second = try #require(try await store.claim().first)
      #expect(second.id == first.id && second.attempt == first.attempt)
      #expect(try await store.queue.held([first], worker: "a").claims.isEmpty)
      #expect(try await store.queue.finish(first, worker: "a", as: back) == false)
      #expect(try await store.queue.held([second], worker: "a").claims == [second.claim])
      #expect(try await store.queue.finish(second, worker: "a", as: .completed))
    }
  }

  @Test(
    "a running task that is to stop is told to its worker, and is not done again", arguments: TaskStoreKind.allCases)
  func cancelRunning(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<5 { try await store.enqueue(.plan()) }
      let tasks = try await store.claim()
      for task in tasks { #expect(try await store.administration.cancel(task.id)?.state == .running) }
      #expect(try await store.queue.held(tasks, worker: "a").toCancel == Set(tasks.map(\.claim)))
      let again = TaskDisposition.again(after: .zero, code: "provider_down", counts: true)
      #expect(try await store.queue.finish(tasks[0], worker: "a", as: .cancelled))
      #expect(try await store.queue.finish(tasks[1], worker: "a", as: again))
      #expect(try await store.queue.finish(tasks[2], worker: "a", as: .completed))
      #expect(try await store.queue.putBack(exceptInHand: [tasks[4].claim], worker: "a") == 1)
      #expect(try await store.reader.task(tasks[3].id, .everyone)?.completedAt != nil)
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 5) == 1)
      var states: [TaskState?] = []
      for task in tasks { states.append(try await store.reader.task(task.id, .everyone)?.state) }
      #expect(states == [.cancelled, .cancelled, .completed, .cancelled, .cancelled])
      #expect(try await store.claim().isEmpty)
      #expect(try await store.administration.retry(tasks[0].id)?.state == .pending)
      let retried = try await store.claim()
      #expect(try await store.queue.held(retried, worker: "a").toCancel.isEmpty && retried.count == 1)
    }
  }

  @Test(
    "a task that is to stop is cancelled also where its handler has failed before it heard of it",
    arguments: TaskStoreKind.allCases)
  func cancelFailing(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(), .plan())
      let tasks = try await store.claim()
      try #require(tasks.count == 2)
      #expect(try await store.administration.cancel(tasks[0].id)?.state == .running)
      let ends = tasks.map { TaskEnd($0, .failed(code: "broken")) }
      #expect(try await store.queue.finish(ends, worker: "a").count == 2)
      let (stopped, failed) = (
        try await store.reader.task(tasks[0].id, .everyone), try await store.reader.task(tasks[1].id, .everyone)
      )
      #expect(stopped?.state == .cancelled && stopped?.errorCode == "broken" && stopped?.completedAt != nil)
      #expect(failed?.state == .failed)
    }
  }

  @Test(
    "the time of failures begins with the first, and anew after waiting and after an operator's retry",
    arguments: TaskStoreKind.allCases)
  func failing(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      func next(_ end: TaskDisposition) async throws -> Duration {
        try await store.advance(.seconds(100))
        let task = try #require(try await store.claim().first)
        #expect(try await store.queue.finish(task, worker: "a", as: end))
        return task.failingFor
      }
      let again = TaskDisposition.again(after: .zero, code: "provider_down", counts: true)
      let wait = TaskDisposition.again(after: .zero, code: nil, counts: false)
      try await store.enqueue(.plan())
      #expect(try await next(wait) == .zero)
      #expect(try await next(again) == .zero)
      #expect(try await next(again) >= .seconds(100))
      #expect(try await next(again) >= .seconds(200))
      #expect(try await next(wait) >= .seconds(300))
      #expect(try await next(again) == .zero)
      let failed = try #require(try await store.reader.page(.everyone, after: nil, limit: 1).first)
      #expect(try await next(.failed(code: "broken")) >= .seconds(100))
      #expect(try await store.administration.retry(failed.id) != nil)
      #expect(try await next(again) == .zero)
      try await store.park(failed.id)
      #expect(try await store.queue.rescue(maximumLosses: 5) == 0)
      #expect(try await next(.completed) == .zero)
    }
  }

  @Test(
    "an operator's retry begins a task's waiting anew, but not the time since it was made",
    arguments: TaskStoreKind.allCases)
  func creation(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      try await store.advance(.seconds(1_000))
      let first = try #require(try await store.claim().first)
      #expect(first.age >= .seconds(1_000) && first.sinceCreation >= .seconds(1_000))
      #expect(try await store.queue.finish(first, worker: "a", as: .failed(code: "broken")))
      #expect(try await store.administration.retry(first.id) != nil)
      try await store.advance(.seconds(1))
      let again = try #require(try await store.claim().first)
      #expect(again.age < .seconds(500) && again.sinceCreation >= .seconds(1_000))
    }
  }
}
