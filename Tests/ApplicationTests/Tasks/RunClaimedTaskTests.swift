import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

private struct Always: TaskHandler {
  let type = TaskType.carePlan
  let outcome: TaskOutcome
  var versions = 1...1
  func perform(_ task: ClaimedTask) async -> TaskOutcome { outcome }
}

private struct Half: RandomSource {
  func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0x80, count: count) }
}

@Suite("Running a task")
struct RunClaimedTaskTests {
  let queue = InMemoryTaskQueue()
  let task = NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: "one")

  private func run(_ outcome: TaskOutcome, reading versions: ClosedRange<Int> = 1...1) -> RunClaimedTask {
    RunClaimedTask(
      performers: [Always(outcome: outcome, versions: versions)], queue: queue,
      schedule: RetrySchedule(base: .seconds(2)),
      random: Half())
  }

  private func claimed(by worker: String = "a") async throws -> ClaimedTask {
    try #require(try await queue.claim(limit: 1, worker: worker, lease: .seconds(30)).first)
  }

  private func enqueue(_ id: String = "event") async throws {
    try await queue.enqueue([task], wake: nil, for: try #require(EventID(id)))
  }

  @Test("an event makes a task once, and so does a unique key")
  func once() async throws {
    try await enqueue()
    try await enqueue()
    try await enqueue("another")
    #expect(queue.rows.count == 1)
  }

  @Test("a failed attempt is retried later, for days; then the task fails for good, until an operator retries it")
  func retries() async throws {
    try await enqueue()
    try await run(.retry(code: "provider_down", after: .zero))(try await claimed(), worker: "a")
    #expect(try await queue.claim(limit: 1, worker: "a", lease: .seconds(30)).isEmpty)
    for _ in 0..<20 {
      queue.advance(.seconds(3_600))
      try await run(.retry(code: "provider_down", after: .zero))(try await claimed(), worker: "a")
    }
    #expect(queue.rows.map(\.state) == [.pending] && queue.rows.map(\.attempts) == [21])
    queue.advance(TaskType.carePlan.giveUpAfter)
    let last = try await claimed()
    try await run(.retry(code: "provider_down", after: .zero))(last, worker: "a")
    #expect(queue.rows.first?.state == .failed)
    #expect(queue.rows.first?.error == "provider_down")
    let (administration, reason) = (InMemoryTaskAdministration(queue: queue), try #require(Reason("a test")))
    #expect(try await administration.retry(last.id, reason: reason, actor: "cli:test") != nil)
    try await run(.retry(code: "provider_down", after: .zero))(try await claimed(), worker: "a")
    #expect(queue.rows.first?.state == .pending)
  }

  @Test("an error after a long wait is followed by another attempt")
  func errorAfterWaiting() async throws {
    try await enqueue()
    try await run(.retry(code: "provider_down", after: .zero))(try await claimed(), worker: "a")
    for _ in 0..<20 {
      queue.advance(TaskType.carePlan.giveUpAfter)
      try await run(.waiting(for: .seconds(60)))(try await claimed(), worker: "a")
    }
    queue.advance(TaskType.carePlan.giveUpAfter)
    try await run(.retry(code: "provider_down", after: .zero))(try await claimed(), worker: "a")
    #expect(queue.rows.map(\.state) == [.pending])
  }

  @Test("waiting counts as no attempt")
  func waits() async throws {
    try await enqueue()
    for _ in 0..<5 {
      try await run(.waiting(for: .seconds(3)))(try await claimed(), worker: "a")
      queue.advance(.seconds(3))
    }
    #expect(queue.rows.first?.attempts == 0)
    #expect(queue.rows.first?.state == .pending)
  }

  @Test("a handler gets the versions that it reads, and no other", arguments: 1...6)
  func versions(version: Int) async throws {
    queue.insert(NewTask(type: .carePlan, payload: "{}", version: version, userID: nil, uniqueKey: nil))
    try await run(.completed, reading: 2...4)(try await claimed(), worker: "a")
    let row = try #require(queue.rows.first)
    if (2...4).contains(version) {
      #expect(row.state == .completed)
    } else {
      #expect(row.state == .parked && row.error == "unknown_version" && row.attempts == 0)
    }
  }

  @Test("a worker that lost its lease changes nothing")
  func fence() async throws {
    try await enqueue()
    let slow = try await claimed(by: "slow")
    queue.advance(.seconds(31))
    #expect(try await queue.rescue(maximumLosses: 2) == 1)
    let fast = try await claimed(by: "fast")
    #expect(try await run(.failed(code: "late"))(slow, worker: "slow") == nil)
    #expect(try await run(.completed)(fast, worker: "fast") == .completed)
    #expect(queue.rows.first?.state == .completed)
  }
}
