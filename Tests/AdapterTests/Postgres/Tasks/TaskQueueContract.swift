import Application
import Domain
import Foundation
import Testing

@Suite("The task queue", .serialized)
struct TaskQueueContract {
  @Test("due tasks are given out, the more urgent first, with their data", arguments: TaskStoreKind.allCases)
  func priority(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      let user = UserID(UUID())
      try await store.enqueue(.plan(#"{"n":1}"#, of: user))
      try await store.advance(.seconds(1))
      try await store.enqueue(.plan(#"{"n":2}"#), .plan(#"{"n":3}"#, of: user, type: .receiptMail, priority: 10))
      let first = try #require(try await store.claim(1).first)
      #expect(first.payload.contains("3") && first.type == .receiptMail && first.userID == user && first.attempt == 1)
      let second = try #require(try await store.claim(1).first)
      #expect(second.payload.contains("1") && second.type == .carePlan)
      #expect(try await store.claim().map(\.userID) == [nil])
      #expect(try await store.claim().isEmpty)
    }
  }

  @Test("no two workers get the same task", arguments: TaskStoreKind.allCases)
  func racing(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<60 { try await store.enqueue(.plan()) }
      let taken = try await withThrowingTaskGroup(of: [TaskID].self) { group in
        for worker in 0..<4 {
          group.addTask {
            var mine: [TaskID] = []
            // SKIP LOCKED may find nothing while other workers hold the rest, so one empty result does not mean the
            // end.
            for _ in 0..<15 { mine += try await store.claim(4, by: "w\(worker)").map(\.id) }
            return mine
          }
        }
        return try await group.reduce([], +)
      }
      #expect(taken.count == 60)
      #expect(Set(taken).count == 60)
    }
  }

  @Test("a task stays with its worker for as long as the lease is extended", arguments: TaskStoreKind.allCases)
  func lease(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let task = try #require(try await store.claim().first)
      try await store.advance(.seconds(20))
      try await store.queue.extend(worker: "a", lease: .seconds(30))
      try await store.advance(.seconds(20))
      #expect(try await store.queue.rescue(maximumLosses: 5) == 0)
      #expect(try await store.queue.held([task], worker: "a").claims == [task.claim])
      #expect(try await store.queue.held([task], worker: "b").claims.isEmpty)
      #expect(try await store.queue.finish(task, worker: "a", as: .completed))
      #expect(try await store.queue.held([task], worker: "a").claims.isEmpty)
    }
  }

  @Test(
    "a dead worker's task is taken back, and that worker can change nothing more", arguments: TaskStoreKind.allCases)
  func rescue(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let slow = try #require(try await store.claim(by: "slow").first)
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 2) == 1)
      #expect(try await store.reader.task(slow.id, .everyone)?.errorCode == "worker_lost")
      #expect(try await store.queue.held([slow], worker: "slow").claims.isEmpty)
      // Even under the same name: the attempt is a different one.
      let fast = try #require(try await store.claim(by: "slow").first)
      #expect(fast.id == slow.id && fast.attempt == 2)
      #expect(try await store.queue.finish(slow, worker: "slow", as: .failed(code: "late")) == false)
      #expect(try await store.queue.finish(fast, worker: "other", as: .completed) == false)
      #expect(try await store.queue.finish(fast, worker: "slow", as: .completed))
      let task = try #require(try await store.reader.task(fast.id, .everyone))
      #expect(task.state == .completed && task.errorCode == nil && task.completedAt != nil)
    }
  }

  @Test("a task whose worker died in the last attempt has failed for good", arguments: TaskStoreKind.allCases)
  func lastRescue(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let task = try #require(try await store.claim().first)
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 1) == 1)
      let failed = try #require(try await store.reader.task(task.id, .everyone))
      #expect(failed.state == .failed && failed.errorCode == "worker_lost" && failed.completedAt != nil)
      #expect(try await store.claim().isEmpty)
    }
  }

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

  @Test("a task of an unknown type is parked, where an operator sees it", arguments: TaskStoreKind.allCases)
  func unknown(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.insertUnknown("horoscope")
      try await store.enqueue(.plan())
      #expect(try await store.claim().map(\.type) == [.carePlan])
      let parked = try #require(
        try await store.reader.page(.everyone, after: nil, limit: 10).first { $0.state == .parked })
      #expect(parked.type == "horoscope" && parked.attempts == 0 && parked.startedAt == nil)
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 5) == 1)
      #expect(try await store.reader.task(parked.id, .everyone)?.state == .parked)
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

  @Test("a backlog of an hour comes after what is urgent, however old it is", arguments: TaskStoreKind.allCases)
  func urgent(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<3 { try await store.enqueue(.plan(#"{"n":1}"#)) }
      try await store.advance(.seconds(3_600))
      try await store.enqueue(
        .plan(#"{"n":2}"#, priority: 5), .plan(#"{"n":3}"#, type: .verificationMail, priority: 10))
      var order: [String] = []
      for _ in 0..<3 { order += try await store.claim(1).map(\.payload) }
      #expect(order.map { $0.filter(\.isNumber) } == ["3", "2", "1"])
    }
  }

  @Test("one claim in eight goes by age alone, so that no task waits for ever", arguments: TaskStoreKind.allCases)
  func aging(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<3 { try await store.enqueue(.plan()) }
      try await store.advance(.seconds(1))
      for _ in 0..<20 { try await store.enqueue(.plan(type: .receiptMail, priority: 10)) }
      var types: [TaskType] = []
      for _ in 0..<(2 * TaskPriority.claimsUntilOneByAge) { types += try await store.claim(1).map(\.type) }
      #expect(types.count == 16 && types.filter { $0 == .carePlan }.count == 2)
    }
  }

  @Test("a claim of urgent tasks alone leaves all others, however old they are", arguments: TaskStoreKind.allCases)
  func onlyUrgent(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(), .plan(priority: 5))
      try await store.advance(.seconds(3_600))
      try await store.enqueue(.plan(type: .receiptMail, priority: 10), .plan(priority: 100))
      try await store.queue.survey()
      var taken: [Int] = []
      for _ in 0..<TaskPriority.claimsUntilOneByAge {
        taken += try await store.queue.claim(limit: 1, onlyUrgent: true, worker: "a", lease: .seconds(30))
          .map(\.priority)
      }
      #expect(taken == [100, 10])
      #expect(try await store.claim().map(\.priority).sorted() == [0, 5])
    }
  }

  @Test("a claim whose answer was lost gives its tasks and their attempts back", arguments: TaskStoreKind.allCases)
  func lostClaim(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(), .plan())
      let inHand = try #require(try await store.claim(1).first)
      let lost = try #require(try await store.claim(1).first)
      #expect(try await store.queue.putBack(exceptInHand: [inHand.claim], worker: "b") == 0)
      #expect(try await store.queue.putBack(exceptInHand: [inHand.claim], worker: "a") == 1)
      let again = try await store.claim()
      #expect(again.map(\.id) == [lost.id] && again.map(\.attempt) == [1] && again.map(\.wasStarted) == [true])
      #expect(try await store.queue.finish(lost, worker: "a", as: .failed(code: "late")) == false)
      #expect(try await store.queue.finish(inHand, worker: "a", as: .completed))
    }
  }

  @Test(
    "what a worker claims after it has noticed a lost claim is not put back with it", arguments: TaskStoreKind.allCases)
  func lostBeside(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(), .plan())
      let first = try #require(try await store.claim(1).first)
      let lost = try await store.queue.lostTasks(exceptInHand: [], worker: "a")
      let later = try #require(try await store.claim(1).first)
      #expect(try await store.queue.putBack(lost) == 1)
      #expect(try await store.queue.held([first, later], worker: "a").claims == [later.claim])
      let again = try #require(try await store.claim(1).first)
      #expect(again.id == first.id && again.attempt == 1)
      #expect(try await store.queue.putBack(lost) == 0)
      #expect(try await store.queue.held([again, later], worker: "a").claims == [again.claim, later.claim])
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
    "what the release before has parked runs when its type is known", arguments: TaskStoreKind.allCases)
  func parkedBefore(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let id = try #require(try await store.reader.page(.everyone, after: nil, limit: 1).first?.id)
      try await store.park(id)
      #expect(try await store.reader.task(id, .everyone)?.errorCode == "unknown_type")
      #expect(try await store.claim().isEmpty)
      #expect(try await store.queue.rescue(maximumLosses: 5) == 0)
      #expect(try await store.claim().map(\.id) == [id])
    }
  }

  @Test(
    "a task of an unknown version is parked without an attempt, until a worker reads it",
    arguments: TaskStoreKind.allCases)
  func unknownVersion(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan(version: 3))
      let parked = TaskDisposition.parked(code: "unknown_version")
      let task = try #require(try await store.claim().first)
      #expect(task.version == 3)
      #expect(try await store.queue.finish(task, worker: "a", as: parked))
      let shown = try #require(try await store.reader.task(task.id, .everyone))
      #expect(shown.state == .parked && shown.errorCode == "unknown_version" && shown.attempts == 0)
      #expect(shown.completedAt == nil)
      #expect(try await store.reader.failures(of: task.id).isEmpty)
      for versions in [1...1, 1...2, 4...5] {
        #expect(try await store.queueReading(versions).rescue(maximumLosses: 5) == 0)
        #expect(try await store.claim().isEmpty)
      }
      #expect(try await store.queueReading(2...3).rescue(maximumLosses: 5) == 0)
      let again = try #require(try await store.claim().first)
      #expect(again.id == task.id && again.attempt == 1)
      #expect(try await store.administration.cancel(task.id)?.state == .running)
      #expect(try await store.queue.finish(again, worker: "a", as: parked))
      #expect(try await store.reader.task(task.id, .everyone)?.state == .cancelled)
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

  @Test(
    "the deaths of workers are counted apart from attempts; an operator's retry begins both anew",
    arguments: TaskStoreKind.allCases)
  func losses(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      try await store.enqueue(.plan())
      let again = TaskDisposition.again(after: .zero, code: "provider_down", counts: true)
      for _ in 0..<3 {
        #expect(try await store.queue.finish(try #require(try await store.claim().first), worker: "a", as: again))
      }
      let id = try #require(try await store.claim().first).id
      try await store.advance(.seconds(100))
      #expect(try await store.queue.rescue(maximumLosses: 2) == 1)
      let second = try #require(try await store.claim().first)
      #expect(second.attempt == 5 && second.age >= .seconds(100))
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 2) == 1)
      #expect(try await store.reader.task(id, .everyone)?.state == .failed)
      #expect(try await store.administration.retry(id) != nil)
      let retried = try #require(try await store.claim().first)
      #expect(retried.attempt == 1 && retried.age < .seconds(100))
      try await store.advance(.seconds(31))
      #expect(try await store.queue.rescue(maximumLosses: 2) == 1)
      #expect(try await store.reader.task(id, .everyone)?.state == .pending)
    }
  }

  @Test(
    "tasks that have lost one worker together are due at once; after the second they part company",
    arguments: TaskStoreKind.allCases)
  func partCompany(kind: TaskStoreKind) async throws {
    try await TaskStore.with(kind) { store in
      for _ in 0..<12 { try await store.enqueue(.plan()) }
      for _ in 0..<2 {
        #expect(try await store.claim(12).count == 12)
        try await store.advance(.seconds(31))
        #expect(try await store.queue.rescue(maximumLosses: 10) == 12)
      }
      let soon = try await store.claim(12)
      #expect(soon.count < 12)
      try await store.advance(TaskLossPause.longest[1])
      #expect(try await store.claim(12).count == 12 - soon.count)
    }
  }
}
