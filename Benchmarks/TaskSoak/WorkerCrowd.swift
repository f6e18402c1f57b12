import Foundation

/// The processes of the workers.
final class WorkerCrowd {
  private let executable: String
  private var workers: [(name: String, process: Process)] = []
  private(set) var kills = 0
  private var started = 0

  init(executable: String) { self.executable = executable }

  func add() throws {
    started += 1
    let (name, process) = ("soak-\(started)", Process())
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = ["--worker", name]
    try process.run()
    workers.append((name, process))
  }

  /// Kills one as the kernel would, and starts another.
  func killOne() throws {
    guard let index = workers.indices.randomElement() else { return }
    kill(workers.remove(at: index).process.processIdentifier, SIGKILL)
    kills += 1
    try add()
  }

  var names: [String] { workers.map(\.name) }

  /// The worker stands still, and knows nothing of it.
  func freeze(_ name: String) { signal(name, SIGSTOP) }

  func thaw(_ name: String) { signal(name, SIGCONT) }

  private func signal(_ name: String, _ signal: Int32) {
    for worker in workers where worker.name == name { kill(worker.process.processIdentifier, signal) }
  }

  func killAll() {
    for worker in workers { kill(worker.process.processIdentifier, SIGKILL) }
    workers = []
  }
}
