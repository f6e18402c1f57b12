import Foundation

/// PgQ with its ticker and a consumer, a Python program with a database of its own.
struct PgQ {
  struct Unreadable: Error, CustomStringConvertible {
    let output: String
    var description: String { "the peer said: \(output)" }
  }

  let environment: BenchEnvironment

  /// - Parameter tick: milliseconds between two ticks.
  func turn(rate: Int, seconds: Int, tick: Int) async throws -> Turn {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: environment.python)
    process.arguments = ["-B", environment.script, "\(rate)", "\(seconds)", "\(tick)"]
    // The address has a password: in the environment, because every user can read a command's arguments.
    process.environment = ProcessInfo.processInfo.environment.merging(["PEER_URL": environment.pgqURL]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    let output = try await withCheckedThrowingContinuation { (done: CheckedContinuation<String, any Error>) in
      process.terminationHandler = { _ in
        done.resume(returning: String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
      }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    guard process.terminationStatus == 0,
      let turn = try? JSONDecoder().decode(Turn.self, from: Data(output.utf8))
    else { throw Unreadable(output: output) }
    return turn
  }
}
