import ArgumentParser
import Foundation
import Logging
import PostgresDriver

/// Tasks over three workers of which one is killed every second, while Postgres crashes and restarts. Fails unless each
/// task's effect has happened, once where it notes its key, and no task is left.
@main
struct TaskSoak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "TaskSoak", abstract: "Tasks over workers that are killed; fails where an effect is missing or left.")

  @Option(help: "How many tasks.") var tasks = 10_000
  @Option(help: "How many workers.") var workers = 3
  @Option(help: "Seconds in which a worker is killed every second.") var seconds = 30
  @Option(help: "Seconds that the workers have to finish afterwards.") var patience = 300
  @Option(help: .hidden) var worker: String?

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    guard let url = environment["DATABASE_URL"], let dev = environment["TALKTIME_DEV"] else {
      throw ValidationError("run ./dev soak tasks")
    }
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
    let end = ContinuousClock.now + .seconds(patience)
    while try await store.report().open > 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(500)) }
    try print(await store.report(), crowd.kills, restarts.count, ContinuousClock.now - begun)
  }

  private func print(_ report: SoakTasks.Report, _ kills: Int, _ restarts: Int, _ took: Duration) throws {
    say(
      """
      \(tasks) tasks over \(workers) workers, \(kills) killed, Postgres crashed \(restarts) times, all in \
      \(took.components.seconds) s
      completed \(report.completed), failed \(report.failed), left \(report.open)
      effects \(report.effects), handlers begun \(report.begun), most attempts of a task \(report.mostAttempts)
      """)
    guard report.completed == tasks, report.effects == tasks, report.open == 0 else { throw ExitCode.failure }
  }

  /// As an administrator would see it: killed at once, and started again.
  private static func restartPostgres(_ dev: String) async throws {
    for act in ["kill", "start"] {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: dev)
      process.arguments = [act, "postgres"]
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
      guard process.terminationStatus == 0 else { throw ExitCode.failure }
    }
  }
}

func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
