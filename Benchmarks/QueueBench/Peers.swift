import BenchSupport

/// The other queues, each a Python program with a database of its own.
struct Peers {
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
    let result = try await Program.run(
      [environment.python, environment.scripts + "/" + script] + arguments, settings: ["PEER_URL": url])
    let last = result.output.split(whereSeparator: \.isNewline).last.map(String.init)
    guard result.isSuccess, let rate = last.flatMap({ Double($0) }) else {
      throw Program.Unreadable("the peer", output: result.output)
    }
    return rate
  }
}
