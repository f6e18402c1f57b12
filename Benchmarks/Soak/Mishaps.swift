import Foundation

/// The failures during the soak, each made by `./dev`: `kill -9`, and a restart.
struct Mishaps: Sendable {
  struct Failed: Error, CustomStringConvertible {
    let command: String
    var description: String { "./dev \(command) failed" }
  }

  private struct Step: Sendable {
    /// The moment, as a fraction of the time in which all talkers are present.
    let at: Double
    let victim: [String]
    let away: Duration
  }

  private let dev: String
  private let steps: [Step]

  /// - Parameters:
  ///   - dev: the path of the script.
  ///   - outage: how long Postgres is stopped.
  init(dev: String, outage: Duration) {
    self.dev = dev
    steps = [
      Step(at: 0.1, victim: ["session", "1"], away: .zero), Step(at: 0.25, victim: ["redis"], away: .zero),
      Step(at: 0.45, victim: ["postgres"], away: outage), Step(at: 0.7, victim: ["session", "2"], away: .zero),
      Step(at: 0.8, victim: ["billing", "1"], away: .zero),
    ]
  }

  /// - Returns: a description of what was done.
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
    let words = [dev] + arguments
    let status = await withCheckedContinuation { (done: CheckedContinuation<Int32, Never>) in
      DispatchQueue.global().async { done.resume(returning: Self.spawn(words)) }
    }
    guard status == 0 else { throw Failed(command: arguments.joined(separator: " ")) }
  }

  /// Foundation's `Process` reads the table of open descriptors and, with thousands of sockets, reads beyond its end.
  /// So the process is spawned directly.
  private static func spawn(_ words: [String]) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for stream in Int32(0)...2 { posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0) }
    let settings = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
    let arguments = words.map { strdup($0) } + [nil]
    let environment = settings.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var child: pid_t = 0
    guard posix_spawn(&child, words[0], &actions, nil, arguments, environment) == 0 else { return -1 }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      if errno != EINTR { return -1 }
    }
    return status
  }
}
