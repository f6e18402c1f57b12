import Foundation

/// What goes wrong meanwhile, each as `./dev` does it: `kill -9`, and started again.
struct Mishaps: Sendable {
  struct Failed: Error, CustomStringConvertible {
    let command: String
    var description: String { "./dev \(command) failed" }
  }

  private struct Step: Sendable {
    /// Of the time in which all talk.
    let at: Double
    let victim: [String]
    let away: Duration
  }

  private let dev: String
  private let steps: [Step]

  /// - Parameters:
  ///   - dev: the path of the script.
  ///   - outage: how long Postgres is away.
  init(dev: String, outage: Duration) {
    self.dev = dev
    steps = [
      Step(at: 0.1, victim: ["session", "1"], away: .zero), Step(at: 0.25, victim: ["redis"], away: .zero),
      Step(at: 0.45, victim: ["postgres"], away: outage), Step(at: 0.7, victim: ["session", "2"], away: .zero),
      Step(at: 0.8, victim: ["billing", "1"], away: .zero),
    ]
  }

  /// - Returns: what was done, in words.
  func run(_ schedule: Schedule) async throws -> [String] {
    var done: [String] = []
    for step in steps {
      try await Task.sleep(until: schedule.moment(step.at), clock: .continuous)
      let begun = ContinuousClock.now
      try await command(["kill"] + step.victim)
      try await Task.sleep(for: step.away)
      try await command(["start"] + step.victim)
      let seconds = (ContinuousClock.now - begun) / .seconds(1)
      done.append("\(step.victim.joined(separator: " ")) killed, back after \(String(format: "%.1f", seconds)) s")
    }
    return done
  }

  func command(_ arguments: [String]) async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: dev)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
      process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    guard status == 0 else { throw Failed(command: arguments.joined(separator: " ")) }
  }
}
