import Foundation

/// The processes of the workers.
final class WorkerCrowd {
  private let executable: String
  private var workers: [Process] = []
  private(set) var kills = 0
  private var started = 0

  init(executable: String) { self.executable = executable }

  func add() throws {
    started += 1
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = ["--worker", "soak-\(started)"]
    try process.run()
    workers.append(process)
  }

  /// Kills one as the kernel would, and starts another.
  func killOne() throws {
    guard let index = workers.indices.randomElement() else { return }
    kill(workers.remove(at: index).processIdentifier, SIGKILL)
    kills += 1
    try add()
  }

  func killAll() {
    for worker in workers { kill(worker.processIdentifier, SIGKILL) }
    workers = []
  }
}
