import Application
import Domain
import Logging
import ServiceLifecycle
import Synchronization

/// Takes tasks from the queue in batches, runs a limited number at once, and writes their ends in batches. A wake-up
/// makes it look at once. The poll finds tasks that no wake-up announced.
public struct TaskWorker: Service {
  /// What one run of the worker has in hand.
  private struct Round: Sendable {
    let running: RunningTasks
    let lease: TaskWorkerLease
    let lostReplies = LostClaimReplies()
    /// Something may be due.
    let claim: AsyncStream<Void>.Continuation
    /// An end waits to be written.
    let write: AsyncStream<Void>.Continuation
    /// So many ends wait that a second writer takes them, while others may be being written.
    let writeBatch: AsyncStream<Void>.Continuation
  }

  /// The longest pause of the upkeep, however long it takes.
  private static let longestPause = Duration.seconds(30)
  /// How often the ends are tried to be written at the end.
  private static let lastTries = 3

  private let name: String
  private let queue: any TaskQueue
  private let runTask: RunClaimedTask
  private let wakeups: @Sendable () -> AsyncStream<Void>
  private let limits: Limits
  private let logger: Logger

  /// - Parameter name: one that no other worker has or ever had.
  public init(
    name: String, queue: any TaskQueue, runTask: RunClaimedTask, wakeups: @escaping @Sendable () -> AsyncStream<Void>,
    limits: Limits, logger: Logger
  ) {
    self.name = name
    self.queue = queue
    self.runTask = runTask
    self.wakeups = wakeups
    self.limits = limits
    self.logger = logger
  }

  public func run() async throws { await cancelWhenGracefulShutdown { await work() } }

  private func work() async {
    let (claims, claim) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let (writes, write) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let (batches, writeBatch) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let round = Round(
      running: RunningTasks(
        places: limits.concurrency, keptForUrgent: TaskPriority.keptForUrgent(of: limits.concurrency)),
      lease: TaskWorkerLease(limits.lease), claim: claim, write: write, writeBatch: writeBatch)
    // Nothing here waits for anything else: a long look at the queue delays no claim and no extension of the lease. Nor
    // do handlers, of which a thousand may be ready to run at once.
    await withDiscardingTaskGroup { group in
      group.addTask(priority: .high) { for await _ in wakeups() { claim.yield() } }
      group.addTask(priority: .high) {
        await repeatedly {
          claim.yield()
          write.yield()
        }
      }
      group.addTask(priority: .high) { await keepLease(round) }
      group.addTask(priority: .high) {
        // Another worker may run these tasks now: a worker that cannot reach the database does not go on beside it.
        await repeatedly { if round.lease.isOver { round.running.cancel(olderThan: .zero, .leaseOver) } }
      }
      group.addTask(priority: .high) { await repeatedly { await watch(round) } }
      group.addTask(priority: .high) { await repeatedly(share: 20) { await survey(round) } }
      group.addTask(priority: .high) { await repeatedly(share: 5) { await rescue(round) } }
      group.addTask(priority: .high) { await repeatedly(share: 5) { await putBackLost(round) } }
      group.addTask(priority: .high) {
        for await _ in writes { await writeEnds(round) }
      }
      group.addTask(priority: .high) {
        for await _ in batches { await writeEnds(round, onlyBatches: true) }
      }
      group.addTask(priority: .high) {
        await withDiscardingTaskGroup { await takeTasks(claims, round, &$0) }
      }
    }
    // The queries of a cancelled task are cancelled too.
    await Task { await stop(round) }.value
  }

  /// - Parameter share: of this worker's time, the body takes no more than one part in so many, down to one look in
  ///   `longestPause`.
  private func repeatedly(share: Int = 1, _ body: () async -> Void) async {
    while !Task.isCancelled {
      let begun = ContinuousClock.now
      await body()
      let took = ContinuousClock.now - begun
      try? await Task.sleep(for: max(limits.poll, min(took * share, Self.longestPause)))
    }
  }

  private func warn(_ message: Logger.Message, _ error: any Error) {
    if !Task.isCancelled { logger.warning(message, metadata: ["error": "\(error)"]) }
  }

  // MARK: claims

  private func takeTasks(
    _ claims: AsyncStream<Void>, _ round: Round, _ group: inout DiscardingTaskGroup
  ) async {
    for await _ in claims {
      // A claim whose answer was lost may have taken tasks that nobody here knows of. What is claimed from here on is
      // not among them, so that they are looked for beside the claims.
      if round.lostReplies.isSuspected {
        do {
          round.lostReplies.want(try await queue.lostTasks(exceptInHand: round.running.inHand, worker: name))
        } catch {
          warn("tasks of an unanswered claim were not looked for", error)
        }
      }
      await claimAll(round, &group)
    }
  }

  private func claimAll(_ round: Round, _ group: inout DiscardingTaskGroup) async {
    while !Task.isCancelled {
      let room = round.running.room
      // What is free beyond the places of other tasks is kept for urgent ones.
      let onlyUrgent = room.others == 0
      let limit = min(onlyUrgent ? room.all : room.others, limits.batch)
      guard limit > 0 else { return }
      let begun = ContinuousClock.now
      do {
        let tasks = try await queue.claim(
          limit: limit, onlyUrgent: onlyUrgent, worker: name, lease: limits.lease)
        // This process was paused, and another may have the tasks.
        guard ContinuousClock.now - begun < limits.lease * 2 / 3 else { return round.lostReplies.suspect() }
        round.lease.lasts(until: begun + limits.lease * 2 / 3)
        round.running.begin(tasks)
        // The next claim is made meanwhile: it takes milliseconds to start a full one.
        group.addTask(priority: .medium) { for task in tasks { start(task, round) } }
        if tasks.count < limit { return }
        // Urgent tasks come first, so none is left where the claim came to others. One claim in eight goes by age
        // instead: then the next one, within a poll, finds them.
        if round.running.room.others == 0, tasks.contains(where: { !$0.isUrgent }) { return }
      } catch {
        if !(error is TaskClaimNotMade) { round.lostReplies.suspect() }
        warn("the queue cannot be read", error)
        return
      }
    }
  }

  private func putBackLost(_ round: Round) async {
    guard let lost = round.lostReplies.wanted, await putBack(lost) else { return }
    round.lostReplies.found(lost)
    round.claim.yield()
  }

  /// - Parameter lost: nil for all that this worker has not in hand, when it claims no more.
  private func putBack(_ lost: LostTasks?, exceptInHand hand: [TaskClaim] = []) async -> Bool {
    do {
      let all: LostTasks
      if let lost { all = lost } else { all = try await queue.lostTasks(exceptInHand: hand, worker: name) }
      let count = try await queue.putBack(all)
      if count > 0 { logger.warning("tasks of an unanswered claim were put back", metadata: ["count": "\(count)"]) }
      return true
    } catch {
      warn("tasks of an unanswered claim were not looked for", error)
      return false
    }
  }

  private func start(_ task: ClaimedTask, _ round: Round) {
    round.running.run(task) {
      let outcome = await runTask.outcome(of: task)
      let waiting = round.running.end(task) {
        RunningTasks.Ended(end: end(of: task, outcome, $0), outcome: outcome)
      }
      round.write.yield()
      if waiting >= limits.secondWriterFrom { round.writeBatch.yield() }
    }
  }

  /// A handler that was cancelled tells what the cancellation did to it, so only its success counts.
  private func end(of task: ClaimedTask, _ outcome: TaskOutcome, _ reason: RunningTasks.CancelReason?) -> TaskEnd {
    guard let reason, outcome != .completed else { return runTask.end(of: task, outcome) }
    return end(of: task, cancelled: reason)
  }

  private func end(of task: ClaimedTask, cancelled reason: RunningTasks.CancelReason) -> TaskEnd {
    switch reason {
    case .shutdown, .leaseOver: givenBack(task)
    case .timeout: runTask.end(of: task, .retry(code: "handler_timeout", after: .zero))
    case .operatorWish: TaskEnd(task, .cancelled)
    }
  }

  private func givenBack(_ task: ClaimedTask) -> TaskEnd {
    TaskEnd(task, .again(after: .zero, code: nil, counts: false))
  }

  // MARK: ends

  /// Two of these go on beside each other when there is enough to write (`Limits.secondWriterFrom`): the server works for
  /// one while the other waits for the disk.
  /// - Parameter onlyBatches: leaves what is less than that to the other one.
  private func writeEnds(_ round: Round, onlyBatches: Bool = false) async {
    let running = round.running
    var locked: [RunningTasks.Ended] = []
    var tried = ContinuousClock.now
    // They are tried again with the next ends, or after a poll.
    defer { running.giveBack(locked) }
    while true {
      if !onlyBatches, running.hasMoreToCome(than: limits.batch) { try? await Task.sleep(for: limits.linger) }
      // Each written end makes place for another task, so that there may always be further ends.
      if ContinuousClock.now - tried >= limits.poll {
        running.giveBack(locked)
        locked = []
        tried = .now
      }
      guard let ended = running.nextEnds(limits.batch, atLeast: onlyBatches ? limits.secondWriterFrom : 1) else {
        return
      }
      do {
        locked += try await finish(ended, running)
        // The places are free: the next claim is made while further ends are written.
        round.claim.yield()
      } catch {
        running.giveBack(ended)
        if Task.isCancelled { return }
        logger.warning("ends of tasks were not written", metadata: ["error": "\(error)", "count": "\(ended.count)"])
        try? await Task.sleep(for: limits.poll)
      }
    }
  }

  /// - Returns: those that are still held, but that something else had locked.
  private func finish(_ ended: [RunningTasks.Ended], _ running: RunningTasks) async throws -> [RunningTasks.Ended] {
    let written = try await queue.finish(ended.map(\.end), worker: name)
    let rest = ended.filter { !written.contains($0.end.task.claim) }
    var held = Set(rest.map(\.end.task.claim))
    do {
      if !rest.isEmpty { held = try await queue.held(rest.map(\.end.task), worker: name).claims }
    } catch {
      // They count as held: an end that is written twice is written once. The others are not written again, which would
      // look like a loss.
      warn("ends that were not written were not checked", error)
    }
    let over = ended.filter { !held.contains($0.end.task.claim) }
    running.free(over)
    log(over, written)
    return rest.filter { held.contains($0.end.task.claim) }
  }

  private func log(_ ended: [RunningTasks.Ended], _ held: Set<TaskClaim>) {
    guard logger.logLevel <= .info else { return }
    for one in ended {
      let task = one.end.task
      logger.info(
        "task ran",
        metadata: [
          "task": "\(task.id)", "type": "\(task.type.rawValue)", "attempt": "\(task.attempt)",
          "outcome": "\(held.contains(task.claim) ? one.outcome.map { "\($0)" } ?? "timeout" : "lease_lost")",
        ])
    }
  }

  // MARK: leases and handlers that hang

  private func keepLease(_ round: Round) async {
    while !Task.isCancelled {
      let begun = ContinuousClock.now
      do {
        try await queue.extend(worker: name, lease: limits.lease)
        round.lease.extended(begun)
        try? await Task.sleep(for: limits.lease / 2)
      } catch {
        round.lease.failed()
        warn("a lease was not extended", error)
        try? await Task.sleep(for: limits.poll)
      }
    }
  }

  private func survey(_ round: Round) async {
    do { try await queue.survey() } catch { warn("the queue was not looked through", error) }
    round.claim.yield()
  }

  private func rescue(_ round: Round) async {
    guard round.lease.isSteady else { return }
    do {
      let count = try await queue.rescue(maximumLosses: limits.maximumLosses)
      if count > 0 { logger.warning("tasks of a lost worker were put back", metadata: ["count": "\(count)"]) }
    } catch {
      warn("the tasks of dead workers were not looked for", error)
    }
  }

  /// Ends what was taken from this worker or what an operator wants to stop, and gives up handlers that hang.
  private func watch(_ round: Round) async {
    let running = round.running
    let long = running.tasks(olderThan: limits.poll)
    if !long.isEmpty {
      do {
        let held = try await queue.held(long, worker: name)
        running.drop(Set(long.map(\.claim)).subtracting(held.claims))
        running.cancel(held.toCancel, .operatorWish)
        round.claim.yield()
      } catch {
        warn("running tasks were not checked", error)
      }
    }
    running.cancel(olderThan: limits.longestRun, .timeout)
    let late = running.deaf(for: limits.grace)
    for task in late {
      logger.error("a handler hangs", metadata: ["task": "\(task.id)", "type": "\(task.type.rawValue)"])
      running.end(task) { RunningTasks.Ended(end: end(of: task, cancelled: $0 ?? .timeout), outcome: nil) }
    }
    if !late.isEmpty { round.write.yield() }
  }

  // MARK: the end

  /// Cancels what runs, waits for it, and gives the rest back. An attempt that was cut short does not count.
  private func stop(_ round: Round) async {
    let running = round.running
    running.cancel(olderThan: .zero, .shutdown)
    let deadline = ContinuousClock.now + limits.grace
    while running.hasHandlers, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(10)) }
    for task in running.tasks(olderThan: .zero) {
      running.end(task) { _ in RunningTasks.Ended(end: givenBack(task), outcome: nil) }
    }
    for attempt in 1...Self.lastTries {
      if await writeLastEnds(running) { break }
      if attempt < Self.lastTries { try? await Task.sleep(for: limits.poll) }
    }
    let left = running.inHand
    // Without an unanswered claim nothing is to be looked for: the look may take long.
    var isComplete = true
    if !round.lostReplies.isEmpty { isComplete = await putBack(nil, exceptInHand: left) }
    guard isComplete, left.isEmpty else {
      logger.warning("tasks wait for the end of their lease", metadata: ["count": "\(left.count)"])
      return
    }
    do { try await queue.leave(worker: name) } catch { warn("a lease was not ended", error) }
  }

  /// - Returns: whether none is left.
  private func writeLastEnds(_ running: RunningTasks) async -> Bool {
    while let ended = running.nextEnds(limits.batch) {
      do {
        let locked = try await finish(ended, running)
        guard locked.isEmpty else {
          running.giveBack(locked)
          return false
        }
      } catch {
        running.giveBack(ended)
        warn("ends of tasks were not written", error)
        return false
      }
    }
    return true
  }
}
