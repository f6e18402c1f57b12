import Application
import Domain
import Testing

/// Leases, and tasks that have lost their worker or the answer to their claim.
extension TaskQueueContract {
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

  @Test("a claim whose answer was lost gives its tasks and their attempts back", arguments: TaskStoreKind.allCases)
  func unansweredClaim(kind: TaskStoreKind) async throws {
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
    "what a worker claims after it has noticed an unanswered claim is not put back with it",
    arguments: TaskStoreKind.allCases)
  func unansweredBeside(kind: TaskStoreKind) async throws {
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
