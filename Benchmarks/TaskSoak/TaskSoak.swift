import ArgumentParser
import BenchSupport
import Logging
import PostgresDriver

/// Tasks over three workers of which one is killed every second, while Postgres crashes and restarts. Then one worker is
/// frozen beyond its lease, and goes on. Fails unless each task's effect has happened, once where it notes its key, no
/// claim was worked on twice, no late end has changed a task, and no task is left.
@main
struct TaskSoak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "TaskSoak", abstract: "Tasks over workers that are killed; fails where an effect is missing or left.")

  @Option(help: "How many tasks.") var tasks = 10_000
  @Option(help: "How many workers.") var workers = 3
  @Option(help: "Seconds in which a worker is killed every second.") var seconds = 30
  @Option(help: "Seconds that the workers have to finish afterwards.") var patience = 300
  @Option(help: "How many tasks are added for the worker that is frozen.") var late = 2_000
  @Option(help: .hidden) var worker: String?

  func run() async throws {
    let settings = BenchSettings(of: "./dev soak tasks")
    let (url, dev) = (try settings.value("DATABASE_URL"), try settings.value("TALKTIME_DEV"))
    if let worker {
      try await SoakWorker(name: worker, url: url).run()
    } else {
      try await soak(SoakTasks(url: url), dev: dev)
    }
  }

  private func soak(_ store: SoakTasks, dev: String) async throws {
    defer { store.close() }
    try await store.create(tasks)
    let crowd = WorkerCrowd(executable: CommandLine.arguments[0])
    defer { crowd.killAll() }
    for _ in 0..<workers { try crowd.add() }
    let begun = ContinuousClock.now
    var restarts: [Task<Void, any Error>] = []
    for second in 1...max(seconds, 1) {
      try await Task.sleep(until: begun + .seconds(second), clock: .continuous)
      try crowd.killOne()
      // A crash, and a while later another.
      if second == seconds / 3 || second == seconds * 2 / 3 {
        restarts.append(Task { try await Self.restartPostgres(dev) })
      }
    }
    for restart in restarts { try await restart.value }
    let during = try await store.report()
    say("after \(seconds) s: \(during.completed) tasks done, \(during.completed / max(seconds, 1)) a second")
    let isUnharmed = try await freeze(store, crowd)
    let end = ContinuousClock.now + .seconds(patience)
    while try await store.report().open > 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(500)) }
    try print(await store.report(), crowd.kills, restarts.count, ContinuousClock.now - begun)
    guard isUnharmed else { throw ExitCode.failure }
  }

  /// Freezes a worker that has tasks in hand until others have done them, and lets it go on.
  /// - Returns: whether its late ends have changed nothing.
  private func freeze(_ store: SoakTasks, _ crowd: WorkerCrowd) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(patience)
    while try await store.report().open > 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(200)) }
    try await store.add(tasks + 1, tasks + late)
    var (name, frozen): (String?, [SoakTasks.Frozen]) = (nil, [])
    while frozen.isEmpty, ContinuousClock.now < end {
      // A worker that has just begun has a lease that lasts; one that has nothing in hand goes on.
      if let name { crowd.thaw(name) }
      name = crowd.names.randomElement()
      guard let name else { return false }
      try await Task.sleep(for: .milliseconds(20))
      crowd.freeze(name)
      // What it had sent is done by now.
      try await Task.sleep(for: .milliseconds(200))
      frozen = try await store.held(by: name)
    }
    guard let name, !frozen.isEmpty else {
      say("no worker could be frozen with tasks in hand")
      return false
    }
    let begun = ContinuousClock.now
    while try await store.unchanged(frozen) > 0, ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(500))
    }
    let waited = ContinuousClock.now - begun
    let before = try await store.late(frozen)
    crowd.thaw(name)
    // Its handlers end within a moment, and their ends are written or refused.
    try await Task.sleep(for: .seconds(5))
    let (late, harmed) = (try await store.late(frozen) - before, try await store.unchanged(frozen))
    say(
      """
      a worker was frozen for \(waited.components.seconds) s with \(frozen.count) tasks in hand, which others have done; \
      afterwards \(late) of its handlers ended, and \(harmed) tasks were changed
      """)
    return harmed == 0
  }

  private func print(_ report: SoakTasks.Report, _ kills: Int, _ restarts: Int, _ took: Duration) throws {
    let all = tasks + late
    say(
      """
      \(all) tasks over \(workers) workers, \(kills) killed, Postgres crashed \(restarts) times, all in \
      \(took.components.seconds) s
      completed \(report.completed), failed \(report.failed), left \(report.open)
      claims \(report.claims), at most \(report.mostClaims) of a task; handlers begun \(report.begun)
      effects with a key \(report.keyedEffects) of \(all / 2), \(report.doubled) of them more than once
      effects without a key \(report.plainEffects) of \(all - all / 2)
      tasks without an effect \(report.missing), claims with two handlers or effects \(report.sharedClaims), \
      ends of another claim \(report.foreignEnds)
      """)
    guard report.completed == all, report.open == 0, report.missing == 0, report.doubled == 0,
      report.keyedEffects == all / 2, report.plainEffects >= all - all / 2, report.begun <= report.claims,
      report.sharedClaims == 0, report.foreignEnds == 0
    else { throw ExitCode.failure }
  }

  /// As an administrator would see it: killed at once, and started again.
  private static func restartPostgres(_ dev: String) async throws {
    for act in ["kill", "start"] {
      guard try await Program.status(of: [dev, act, "postgres"]) == 0 else { throw ExitCode.failure }
    }
  }
}
