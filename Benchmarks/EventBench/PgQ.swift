import BenchSupport
import Foundation

/// PgQ with its ticker and a consumer, a Python program with a database of its own.
struct PgQ {
  let environment: BenchEnvironment

  /// - Parameter tick: milliseconds between two ticks.
  func turn(rate: Int, seconds: Int, tick: Int) async throws -> Turn {
    let result = try await Program.run(
      [environment.python, "-B", environment.script, "\(rate)", "\(seconds)", "\(tick)"],
      settings: ["PEER_URL": environment.pgqURL])
    guard result.isSuccess, let turn = try? JSONDecoder().decode(Turn.self, from: Data(result.output.utf8)) else {
      throw Program.Unreadable("the peer", output: result.output)
    }
    return turn
  }
}
