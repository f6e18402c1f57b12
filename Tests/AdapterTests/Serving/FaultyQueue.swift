import Application
import Domain
import Fakes
import Synchronization

/// The queue with the faults that a test chooses.
final class FaultyQueue: TaskQueue {
  struct Faults {
    /// How many claims are made, and their answers lost.
    var unansweredClaims = 0
    /// How many claims fail before they are made.
    var refusedClaims = 0
    /// How often lost tasks were asked for, and whether a look for them ends only when it is cancelled.
    var looks = 0
    var looksHang = false
    var hangingLooks = 0
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
    /// Whether each write of ends waits until two went on at once.
    var writesMeet = false
    /// How long a write of ends takes.
    var finishing = Duration.zero
    /// How many writes of ends go on now, and the most that did at once.
    var writes = 0
    var mostWrites = 0
    /// How many questions for what is held fail.
    var refusedQuestions = 0
    /// Which ends were written, and how many were to be written again.
    var written: Set<TaskClaim> = []
    var writtenAgain = 0
    var extendFails = false
    var surveyFails = false
    var extensions = 0
    var rescues = 0
  }

  struct Lost: Error {}

  let queue: InMemoryTaskQueue
  let faults = Mutex(Faults())

  init(_ queue: InMemoryTaskQueue) { self.queue = queue }

  func claim(limit: Int, onlyUrgent: Bool, worker: String, lease: Duration) async throws -> [ClaimedTask] {
    let again = faults.withLock { faults in
      defer { faults.again = [] }
      return faults.again
    }
    if !again.isEmpty { return again }
    let isRefused = faults.withLock { faults in
      guard faults.refusedClaims > 0 else { return false }
      faults.refusedClaims -= 1
      return true
    }
    if isRefused { throw TaskClaimNotMade(Lost()) }
    let tasks = try await queue.claim(limit: limit, onlyUrgent: onlyUrgent, worker: worker, lease: lease)
    guard !tasks.isEmpty else { return [] }
    if faults.withLock(\.losesAtShutdown) {
      await untilCancelled()
      throw Lost()
    }
    let (isLost, slowness) = faults.withLock { faults in
      let (isLost, isSlow) = (faults.unansweredClaims > 0, faults.slowClaims > 0)
      if isLost { faults.unansweredClaims -= 1 }
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
    let isRefused = faults.withLock { faults in
      guard faults.refusedQuestions > 0 else { return false }
      faults.refusedQuestions -= 1
      return true
    }
    if isRefused { throw Lost() }
    return try await queue.held(tasks, worker: worker)
  }

  func finish(_ ends: [TaskEnd], worker: String) async throws -> Set<TaskClaim> {
    let (free, finishing) = faults.withLock { faults in
      let locked = min(faults.lockedEnds, ends.count)
      faults.lockedEnds -= locked
      faults.locked.formUnion(ends.prefix(locked).map(\.task.claim))
      return (ends.dropFirst(locked), faults.finishing)
    }
    faults.withLock { faults in
      faults.writes += 1
      faults.writtenAgain += faults.written.intersection(ends.map(\.task.claim)).count
      faults.mostWrites = max(faults.mostWrites, faults.writes)
    }
    defer { faults.withLock { $0.writes -= 1 } }
    if finishing > .zero { try? await Task.sleep(for: finishing) }
    while !Task.isCancelled, faults.withLock({ $0.writesMeet && $0.mostWrites < 2 }) {
      try? await Task.sleep(for: .milliseconds(1))
    }
    let written = try await queue.finish(Array(free), worker: worker)
    faults.withLock { faults in
      faults.locked.subtract(written)
      faults.written.formUnion(written)
    }
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

  func lostTasks(exceptInHand hand: [TaskClaim], worker: String) async throws -> LostTasks {
    faults.withLock { $0.looks += 1 }
    return try await queue.lostTasks(exceptInHand: hand, worker: worker)
  }

  func putBack(_ lost: LostTasks) async throws -> Int {
    let hangs = faults.withLock { faults in
      if faults.looksHang { faults.hangingLooks += 1 }
      return faults.looksHang
    }
    if hangs {
      await untilCancelled()
      throw Lost()
    }
    return try await queue.putBack(lost)
  }

  func leave(worker: String) async throws { try await queue.leave(worker: worker) }
}
