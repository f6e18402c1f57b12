import Application
import Domain
import Fakes
import Foundation
import Logging
import Runtime
import Synchronization
import Testing

/// A handler that does what the test says.
private struct Handler: TaskHandler {
  let type = TaskType.carePlan
  let body: @Sendable (ClaimedTask) async -> TaskOutcome

  init(_ body: @escaping @Sendable (ClaimedTask) async -> TaskOutcome) { self.body = body }

  func perform(_ task: ClaimedTask) async -> TaskOutcome { await body(task) }
}

private struct Half: RandomSource {
  func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0x80, count: count) }
}

/// The queue with the faults that a test chooses.
private final class FaultyQueue: TaskQueue {
  struct Faults {
    /// How many claims are made, and their answers lost.
    var lostClaims = 0
    /// Whether a claim's answer comes only when the claim is cancelled, and is lost.
    var losesAtShutdown = false
    /// What the next claim takes once more, as if the queue had forgotten that it was taken.
    var again: [ClaimedTask] = []
    /// How many claims are answered only after so long.
    var slowClaims = 0
    var slowness = Duration.zero
    /// How many ends are not written at first, because something else has locked the task.
    var lockedEnds = 0
    /// Those of them that are still not written.
    var locked: Set<TaskClaim> = []
    /// How long a write of ends takes.
    var finishing = Duration.zero
    var extendFails = false
    var surveyFails = false
    var extensions = 0
    var rescues = 0
  }

  struct Lost: Error {}

  let queue: InMemoryTaskQueue
  let faults = Mutex(Faults())

  init(_ queue: InMemoryTaskQueue) { self.queue = queue }

  func claim(limit: Int, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    let again = faults.withLock { faults in
      defer { faults.again = [] }
      return faults.again
    }
    if !again.isEmpty { return again }
    let tasks = try await queue.claim(limit: limit, worker: worker, lease: lease)
    guard !tasks.isEmpty else { return [] }
    if faults.withLock(\.losesAtShutdown) {
      await untilCancelled()
      throw Lost()
    }
    let (isLost, slowness) = faults.withLock { faults in
      let (isLost, isSlow) = (faults.lostClaims > 0, faults.slowClaims > 0)
      if isLost { faults.lostClaims -= 1 }
      if isSlow { faults.slowClaims -= 1 }
      return (isLost, isSlow ? faults.slowness : .zero)
    }
    if isLost { throw Lost() }
    if slowness > .zero { try? await Task.sleep(for: slowness) }
    return tasks
  }

  func extend(worker: String, lease: Duration) async throws {
    let fails = faults.withLock { faults in
      faults.extensions += 1
      return faults.extendFails
    }
    if fails { throw Lost() }
    try await queue.extend(worker: worker, lease: lease)
  }

  func held(_ tasks: [ClaimedTask], worker: String) async throws -> HeldTasks {
    try await queue.held(tasks, worker: worker)
  }

  func finish(_ ends: [TaskEnd], worker: String) async throws -> Set<TaskClaim> {
    let (free, finishing) = faults.withLock { faults in
      let locked = min(faults.lockedEnds, ends.count)
      faults.lockedEnds -= locked
      faults.locked.formUnion(ends.prefix(locked).map(\.task.claim))
      return (ends.dropFirst(locked), faults.finishing)
    }
    if finishing > .zero { try? await Task.sleep(for: finishing) }
    let written = try await queue.finish(Array(free), worker: worker)
    faults.withLock { $0.locked.subtract(written) }
    return written
  }

  func survey() async throws {
    if faults.withLock(\.surveyFails) { throw Lost() }
    try await queue.survey()
  }

  func rescue(maximumLosses: Int) async throws -> Int {
    faults.withLock { $0.rescues += 1 }
    return try await queue.rescue(maximumLosses: maximumLosses)
  }

  func putBack(exceptInHand hand: [TaskClaim], worker: String) async throws -> Int {
    try await queue.putBack(exceptInHand: hand, worker: worker)
  }

  func leave(worker: String) async throws { try await queue.leave(worker: worker) }
}

/// Waits for its cancellation.
private func untilCancelled() async { while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) } }

@Suite("The worker of tasks")
struct TaskWorkerTests {
  private let queue: InMemoryTaskQueue
  private let faulty: FaultyQueue

  init() {
    queue = InMemoryTaskQueue()
    faulty = FaultyQueue(queue)
  }

  private func add(_ count: Int) {
    for _ in 0..<count { queue.insert(NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: nil)) }
  }

  private func worker(_ limits: TaskWorker.Limits, _ handler: Handler) -> TaskWorker {
    TaskWorker(
      name: "a", queue: faulty,
      runTask: RunClaimedTask(performers: [handler], queue: queue, schedule: RetrySchedule(), random: Half()),
      wakeups: { AsyncStream { $0.finish() } }, limits: limits,
      logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
  }

  private func limits(_ concurrency: Int) -> TaskWorker.Limits {
    TaskWorker.Limits(
      concurrency: concurrency, lease: .seconds(30), poll: .milliseconds(20), grace: .milliseconds(50))
  }

  private func eventually(_ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      if condition() { return true }
      try? await Task.sleep(for: .milliseconds(5))
    }
    return condition()
  }

  /// Has another worker take what runs.
  private func lose() async throws {
    repeat { queue.advance(.seconds(31)) } while try await queue.rescue(maximumLosses: 5) == 0
  }

  private func with(_ worker: TaskWorker, _ body: () async throws -> Void) async throws {
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
    let handler = Handler { _ in
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
    let handler = Handler { _ in
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
    let handler = Handler { task in
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

  @Test("a task that was taken from its worker is cancelled there, and its place is free again")
  func taken() async throws {
    add(1)
    let runs = Mutex(0)
    let ended = Mutex(false)
    let handler = Handler { _ in
      let run = runs.withLock { runs in
        runs += 1
        return runs
      }
      guard run == 1 else { return .completed }
      await untilCancelled()
      ended.withLock { $0 = true }
      return .failed(code: "late")
    }
    try await with(worker(limits(1), handler)) {
      #expect(await eventually { runs.withLock(\.self) == 1 })
      try await lose()
      #expect(await eventually { ended.withLock(\.self) && queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(queue.rows.map(\.attempts) == [2])
  }

  @Test("a handler that obeys its cancellation after too long a time has failed that attempt")
  func obedient() async throws {
    add(1)
    let handler = Handler { _ in
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

  @Test("tasks of a claim whose answer was lost run, and their attempt counts once")
  func lostClaim() async throws {
    add(3)
    faulty.faults.withLock { $0.lostClaims = 1 }
    let handler = Handler { _ in .completed }
    try await with(worker(limits(5), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(queue.rows.map(\.attempts) == [1, 1, 1] && queue.rows.allSatisfy { $0.claims > 1 })
  }

  @Test("tasks of a claim that is cut short by a shutdown are given back")
  func lostClaimAtShutdown() async throws {
    add(2)
    faulty.faults.withLock { $0.losesAtShutdown = true }
    let handler = Handler { _ in .completed }
    try await with(worker(limits(5), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .running } })
    }
    #expect(queue.rows.allSatisfy { $0.state == .pending && $0.attempts == 0 && $0.worker == nil })
  }

  @Test("tasks whose lease may be over before they begin are not begun, but given back")
  func slowClaim() async throws {
    add(1)
    faulty.faults.withLock { ($0.slowClaims, $0.slowness) = (1, .milliseconds(400)) }
    let runs = Mutex<[Int]>([])
    let handler = Handler { task in
      runs.withLock { $0.append(task.claim.number) }
      return .completed
    }
    var limits = limits(5)
    limits.lease = .milliseconds(300)
    try await with(worker(limits, handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(!runs.withLock { $0.contains(1) } && queue.rows.map(\.attempts) == [1])
  }

  @Test("a clean end leaves no lease")
  func leaves() async throws {
    add(1)
    let handler = Handler { _ in .completed }
    try await with(worker(limits(1), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
      #expect(queue.workers == ["a"])
    }
    #expect(queue.workers.isEmpty)
  }

  @Test("a worker that cannot extend its lease tries again soon, and declares no other dead")
  func unsteady() async throws {
    faulty.faults.withLock { $0.extendFails = true }
    var limits = limits(1)
    limits.lease = .seconds(4)
    try await with(worker(limits, Handler { _ in .completed })) {
      // Each extension would take half a lease if it waited for its turn.
      let begun = ContinuousClock.now
      #expect(await eventually { faulty.faults.withLock { $0.extensions >= 20 } })
      #expect(ContinuousClock.now - begun < .seconds(30))
      #expect(faulty.faults.withLock(\.rescues) == 0)
      faulty.faults.withLock { $0.extendFails = false }
      #expect(await eventually { faulty.faults.withLock { $0.rescues > 0 } })
    }
  }

  @Test("an end that could not be written because of a lock is written later")
  func lockedEnd() async throws {
    add(1)
    faulty.faults.withLock { $0.lockedEnds = 3 }
    let runs = Mutex(0)
    let handler = Handler { _ in
      runs.withLock { $0 += 1 }
      return .completed
    }
    try await with(worker(limits(2), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(runs.withLock(\.self) == 1 && queue.rows.map(\.claims) == [1])
  }

  @Test("an end that could not be written because of a lock is written though other ends never cease")
  func lockedEndUnderLoad() async throws {
    add(50)
    faulty.faults.withLock { ($0.lockedEnds, $0.finishing) = (1, .milliseconds(5)) }
    let queue = queue
    let handler = Handler { _ in
      queue.insert(NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: nil))
      return .completed
    }
    try await with(worker(limits(50), handler)) {
      #expect(await eventually { faulty.faults.withLock { $0.lockedEnds == 0 && $0.locked.isEmpty } })
    }
  }

  @Test("a worker whose lease is over stops its handlers and gives the attempts back")
  func leaseOver() async throws {
    add(1)
    faulty.faults.withLock { $0.extendFails = true }
    let runs = Mutex(0)
    let handler = Handler { _ in
      let run = runs.withLock { runs in
        runs += 1
        return runs
      }
      guard run == 1 else { return .completed }
      await untilCancelled()
      return .retry(code: "cut", after: .seconds(3_600))
    }
    var limits = limits(1)
    limits.lease = .milliseconds(600)
    limits.grace = .seconds(60)
    try await with(worker(limits, handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(runs.withLock(\.self) >= 2)
    #expect(queue.rows.allSatisfy { $0.attempts == 1 && $0.error == nil })
  }

  @Test("tasks run though the queue cannot be looked through")
  func surveyFails() async throws {
    faulty.faults.withLock { $0.surveyFails = true }
    add(3)
    try await with(worker(limits(2), Handler { _ in .completed })) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
  }

  @Test("a handler that outlives its attempt keeps no place, though the same worker has the task again")
  func outlived() async throws {
    add(1)
    let state = Mutex((runs: 0, together: 0, most: 0))
    let handler = Handler { _ in
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

  @Test("a claim that comes twice, as after a failover, takes one place")
  func claimedTwice() async throws {
    add(1)
    let state = Mutex((runs: 0, together: 0, most: 0))
    let handler = Handler { task in
      let run = state.withLock { state in
        state.runs += 1
        return state.runs
      }
      if run == 1 { faulty.faults.withLock { $0.again = [task] } }
      if run > 2 {
        state.withLock { state in
          state.together += 1
          state.most = max(state.most, state.together)
        }
      }
      while !Task.isCancelled, state.withLock({ run > 2 ? $0.most < 2 : $0.runs < 2 }) {
        try? await Task.sleep(for: .milliseconds(5))
      }
      if run > 2 { state.withLock { $0.together -= 1 } }
      return .completed
    }
    try await with(worker(limits(2), handler)) {
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
    let handler = Handler { _ in
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
