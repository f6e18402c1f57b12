import Application
import Domain
import Fakes
import Foundation
import Logging
import Runtime
import Synchronization
import Testing

private struct Half: RandomSource {
  func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0x80, count: count) }
}

@Suite("The worker of tasks")
struct TaskWorkerTests {
  let queue: InMemoryTaskQueue
  let faulty: FaultyQueue

  init() {
    queue = InMemoryTaskQueue()
    faulty = FaultyQueue(queue)
  }

  func add(_ count: Int) {
    for _ in 0..<count { queue.insert(NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: nil)) }
  }

  func worker(_ limits: TaskWorker.Limits, _ handler: ScriptedTaskHandler) -> TaskWorker {
    TaskWorker(
      name: "a", queue: faulty,
      runTask: RunClaimedTask(performers: [handler], queue: queue, schedule: RetrySchedule(), random: Half()),
      wakeups: { AsyncStream { $0.finish() } }, limits: limits,
      logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
  }

  func limits(_ concurrency: Int) -> TaskWorker.Limits {
    TaskWorker.Limits(
      concurrency: concurrency, lease: .seconds(30), poll: .milliseconds(20), grace: .milliseconds(50))
  }

  func eventually(_ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      if condition() { return true }
      try? await Task.sleep(for: .milliseconds(5))
    }
    return condition()
  }

  /// Has another worker take what runs.
  func lose() async throws {
    repeat { queue.advance(.seconds(31)) } while try await queue.rescue(maximumLosses: 5) == 0
  }

  func with(_ worker: TaskWorker, _ body: () async throws -> Void) async throws {
    let work = Task { try await worker.run() }
    do { try await body() } catch {
      work.cancel()
      throw error
    }
    work.cancel()
    try await work.value
  }

  @Test("every task is run once, and never more at once than there are places")
  func places() async throws {
    add(200)
    let counts = Mutex((running: 0, most: 0, runs: 0))
    let handler = ScriptedTaskHandler { _ in
      counts.withLock { counts in
        counts.running += 1
        counts.runs += 1
        counts.most = max(counts.most, counts.running)
      }
      await Task.yield()
      counts.withLock { $0.running -= 1 }
      return .completed
    }
    try await with(worker(limits(7), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    let seen = counts.withLock { $0 }
    #expect(seen.runs == 200 && seen.most <= 7)
  }

  @Test("a shutdown gives the attempt back")
  func shutdown() async throws {
    add(1)
    let begun = Mutex(false)
    let handler = ScriptedTaskHandler { _ in
      begun.withLock { $0 = true }
      await untilCancelled()
      return .retry(code: "cut", after: .zero)
    }
    try await with(worker(limits(1), handler)) { #expect(await eventually { begun.withLock(\.self) }) }
    let row = try #require(queue.rows.first)
    #expect(row.state == .pending && row.attempts == 0 && row.error == nil && row.worker == nil)
  }

  @Test("a handler that ignores its cancellation is given up, and its place is free again")
  func hanging() async throws {
    add(2)
    let first = Mutex<TaskID?>(nil)
    let handler = ScriptedTaskHandler { task in
      let hangs = first.withLock { first in
        first = first ?? task.id
        return first == task.id
      }
      guard hangs else { return .completed }
      // Deaf to its cancellation.
      await withCheckedContinuation { (going: CheckedContinuation<Void, Never>) in
        DispatchQueue.global().asyncAfter(deadline: .now() + 5) { going.resume() }
      }
      return .completed
    }
    var limits = limits(1)
    limits.longestRun = .milliseconds(50)
    try await with(worker(limits, handler)) {
      #expect(await eventually { queue.rows.contains { $0.state == .completed } })
      #expect(queue.rows.contains { $0.state == .pending && $0.error == "handler_timeout" && $0.attempts == 1 })
    }
  }

  @Test("a handler that obeys its cancellation after too long a time has failed that attempt")
  func obedient() async throws {
    add(1)
    let handler = ScriptedTaskHandler { _ in
      await untilCancelled()
      return .retry(code: "cut", after: .zero)
    }
    var limits = limits(1)
    limits.longestRun = .milliseconds(50)
    limits.grace = .seconds(60)
    try await with(worker(limits, handler)) {
      #expect(await eventually { queue.rows.contains { $0.state == .pending && $0.error == "handler_timeout" } })
      #expect(queue.rows.map(\.attempts) == [1])
    }
  }

  @Test("tasks run though the queue cannot be looked through")
  func surveyFails() async throws {
    faulty.faults.withLock { $0.surveyFails = true }
    add(3)
    try await with(worker(limits(2), ScriptedTaskHandler { _ in .completed })) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
  }

  @Test("a handler that outlives its attempt keeps no place, though the same worker has the task again")
  func outlived() async throws {
    add(1)
    let state = Mutex((runs: 0, together: 0, most: 0))
    let handler = ScriptedTaskHandler { _ in
      let run = state.withLock { state in
        state.runs += 1
        return state.runs
      }
      switch run {
      case 1:
        // Deaf to its cancellation, until all others have run.
        while state.withLock({ $0.most < 2 }) {
          await withCheckedContinuation { (going: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20)) { going.resume() }
          }
        }
      case 2: break
      default:
        state.withLock { state in
          state.together += 1
          state.most = max(state.most, state.together)
        }
        while !Task.isCancelled, state.withLock({ $0.most < 2 }) { try? await Task.sleep(for: .milliseconds(5)) }
        state.withLock { $0.together -= 1 }
      }
      return .completed
    }
    try await with(worker(limits(2), handler)) {
      #expect(await eventually { state.withLock(\.runs) == 1 })
      try await lose()
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
      add(2)
      #expect(await eventually { state.withLock(\.most) == 2 })
    }
  }

  @Test(
    "an operator's cancellation reaches a running task, whether or not its handler obeys", arguments: [true, false])
  func operatorCancels(obeys: Bool) async throws {
    add(1)
    let isOver = Mutex(false)
    let handler = ScriptedTaskHandler { _ in
      if obeys {
        await untilCancelled()
      } else {
        while !isOver.withLock(\.self) {
          await withCheckedContinuation { (going: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20)) { going.resume() }
          }
        }
      }
      return .retry(code: "cut", after: .zero)
    }
    try await with(worker(limits(1), handler)) {
      defer { isOver.withLock { $0 = true } }
      #expect(await eventually { queue.rows.contains { $0.state == .running } })
      let administration = InMemoryTaskAdministration(queue: queue)
      let id = try #require(try await administration.page(.everyone, after: nil, limit: 1).first?.id)
      let reason = try #require(Reason("a test"))
      #expect(try await administration.cancel(id, reason: reason, actor: "cli:test")?.state == .running)
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .cancelled } })
    }
  }
}
