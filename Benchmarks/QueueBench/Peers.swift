import Foundation

/// The other queues, each a Python program with a database of its own.
struct Peers {
  struct Unreadable: Error, CustomStringConvertible {
    let output: String
    var description: String { "the peer said: \(output)" }
  }

  let environment: BenchEnvironment

  /// - Returns: tasks per second, with a batch of 100.
  func pgqueuer(_ tasks: Int, managers: Int) async throws -> Double {
    try await turn("pgqueuer_turn.py", ["\(tasks)", "100", "\(managers)"], environment.pgqueuerURL)
  }

  /// - Returns: tasks per second.
  func awa(_ tasks: Int, batch: Int) async throws -> Double {
    try await turn("awa_turn.py", ["\(tasks)", "\(batch)"], environment.awaURL)
  }

  private func turn(_ script: String, _ arguments: [String], _ url: String) async throws -> Double {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: environment.python)
    process.arguments = [environment.scripts + "/" + script] + arguments
    // The address has a password: in the environment, because every user can read a command's arguments.
    process.environment = ProcessInfo.processInfo.environment.merging(["PEER_URL": url]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    let output = try await withCheckedThrowingContinuation { (done: CheckedContinuation<String, any Error>) in
      process.terminationHandler = { _ in
        done.resume(returning: String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
      }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    let last = output.split(whereSeparator: \.isNewline).last.map(String.init)
    guard process.terminationStatus == 0, let rate = last.flatMap({ Double($0) }) else {
      throw Unreadable(output: output)
    }
    return rate
  }
}
