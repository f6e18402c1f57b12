import Application
import Domain
import Fakes
import Runtime
import Synchronization
import Testing

/// Claims and leases that are lost, and ends that cannot be written.
extension TaskWorkerTests {
  @Test("a task that was taken from its worker is cancelled there, and its place is free again")
  func taken() async throws {
    add(1)
    let runs = Mutex(0)
    let ended = Mutex(false)
    let handler = ScriptedTaskHandler { _ in
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

  @Test("tasks of a claim whose answer was lost run, and their attempt counts once")
  func unansweredClaim() async throws {
    add(3)
    faulty.faults.withLock { $0.unansweredClaims = 1 }
    let handler = ScriptedTaskHandler { _ in .completed }
    try await with(worker(limits(5), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(queue.rows.map(\.attempts) == [1, 1, 1] && queue.rows.allSatisfy { $0.claims > 1 })
  }

  @Test("tasks of a claim that is cut short by a shutdown are given back")
  func unansweredClaimAtShutdown() async throws {
    add(2)
    faulty.faults.withLock { $0.losesAtShutdown = true }
    let handler = ScriptedTaskHandler { _ in .completed }
    try await with(worker(limits(5), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .running } })
    }
    #expect(queue.rows.allSatisfy { $0.state == .pending && $0.attempts == 0 && $0.worker == nil })
  }

  @Test("a claim that was certainly not made is followed by no look for lost tasks, not even at the end")
  func refusedClaim() async throws {
    add(3)
    faulty.faults.withLock { $0.refusedClaims = 2 }
    try await with(worker(limits(5), ScriptedTaskHandler { _ in .completed })) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(faulty.faults.withLock(\.looks) == 0 && queue.workers.isEmpty)
  }

  @Test("tasks run while those of an unanswered claim are being looked for")
  func lookBeside() async throws {
    add(3)
    faulty.faults.withLock { ($0.unansweredClaims, $0.looksHang) = (1, true) }
    func count(_ state: TaskState) -> Int { queue.rows.count { $0.state == state } }
    try await with(worker(limits(5), ScriptedTaskHandler { _ in .completed })) {
      #expect(await eventually { faulty.faults.withLock(\.hangingLooks) == 1 })
      add(2)
      #expect(await eventually { count(.completed) == 2 })
      #expect(count(.running) == 3)
      faulty.faults.withLock { $0.looksHang = false }
    }
    #expect(count(.pending) == 3 && queue.rows.allSatisfy { $0.state != .pending || $0.attempts == 0 })
  }

  @Test("tasks whose lease may be over before they begin are not begun, but given back")
  func slowClaim() async throws {
    add(1)
    faulty.faults.withLock { ($0.slowClaims, $0.slowness) = (1, .milliseconds(400)) }
    let runs = Mutex<[Int]>([])
    let handler = ScriptedTaskHandler { task in
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
    let handler = ScriptedTaskHandler { _ in .completed }
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
    try await with(worker(limits, ScriptedTaskHandler { _ in .completed })) {
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
    let handler = ScriptedTaskHandler { _ in
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
    let handler = ScriptedTaskHandler { _ in
      queue.insert(NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: nil))
      return .completed
    }
    try await with(worker(limits(50), handler)) {
      #expect(await eventually { faulty.faults.withLock { $0.lockedEnds == 0 && $0.locked.isEmpty } })
    }
  }

  @Test("ends that were written beside a locked one are not written again where nobody can say what is held")
  func unknownEnds() async throws {
    add(10)
    faulty.faults.withLock { ($0.lockedEnds, $0.refusedQuestions) = (1, 3) }
    // They end together.
    let running = Mutex(0)
    let handler = ScriptedTaskHandler { _ in
      running.withLock { $0 += 1 }
      while !Task.isCancelled, running.withLock({ $0 < 10 }) { try? await Task.sleep(for: .milliseconds(1)) }
      return .completed
    }
    try await with(worker(limits(16), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(faulty.faults.withLock(\.writtenAgain) == 0 && queue.rows.allSatisfy { $0.claims == 1 })
  }

  @Test("whole batches of ends are written two at a time, and each end once")
  func twoBatches() async throws {
    add(400)
    faulty.faults.withLock { $0.finishing = .milliseconds(5) }
    var limits = limits(40)
    limits.batch = 10
    let runs = Mutex(0)
    let handler = ScriptedTaskHandler { _ in
      runs.withLock { $0 += 1 }
      return .completed
    }
    try await with(worker(limits, handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(runs.withLock(\.self) == 400 && queue.rows.allSatisfy { $0.claims == 1 })
    #expect(faulty.faults.withLock(\.mostWrites) == 2)
  }

  @Test("with the usual number of places, too, ends are written while others are, if half the places wait for that")
  func twoWriters() async throws {
    add(10)
    faulty.faults.withLock { $0.writesMeet = true }
    let runs = Mutex(0)
    let handler = ScriptedTaskHandler { _ in
      let run = runs.withLock { runs in
        runs += 1
        return runs
      }
      // The first end is being written when the others come.
      while run > 1, !Task.isCancelled, faulty.faults.withLock({ $0.mostWrites == 0 }) {
        try? await Task.sleep(for: .milliseconds(1))
      }
      return .completed
    }
    try await with(worker(limits(16), handler)) {
      #expect(await eventually { queue.rows.allSatisfy { $0.state == .completed } })
    }
    #expect(runs.withLock(\.self) == 10 && queue.rows.allSatisfy { $0.claims == 1 })
    #expect(faulty.faults.withLock(\.mostWrites) == 2)
  }

  @Test("a worker whose lease is over stops its handlers and gives the attempts back")
  func leaseOver() async throws {
    add(1)
    faulty.faults.withLock { $0.extendFails = true }
    let runs = Mutex(0)
    let handler = ScriptedTaskHandler { _ in
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

  @Test("a claim that comes twice, as after a failover, takes one place")
  func claimedTwice() async throws {
    add(1)
    let state = Mutex((runs: 0, together: 0, most: 0))
    let handler = ScriptedTaskHandler { task in
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
}
