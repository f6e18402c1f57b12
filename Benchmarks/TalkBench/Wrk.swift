import BenchSupport
import Foundation

/// The load: wrk, with a talk for each connection. It uses one thread, so that it takes little CPU from the measured
/// processes.
struct Wrk {
  struct Result: Sendable {
    let requests: Int
    let rate: Double
    /// Milliseconds.
    let median, late: Double
    let failures: Int
  }

  private let script: String
  private let connections: Int
  private let seconds: Int

  init(talks: [Talkers.Talk], connections: Int, seconds: Int) throws {
    self.connections = connections
    self.seconds = seconds
    script = FileManager.default.temporaryDirectory.appending(path: "talktime-\(UUID().uuidString).lua").path
    let list = talks.map { "{\"/sessions/\($0.session)/heartbeat?seq=\", \"Bearer \($0.token)\"}" }
    // The sequence must go on from turn to turn, but each turn starts this script anew. So each second has its own
    // range of 100,000 numbers.
    let text = """
      local talks = {\(list.joined(separator: ","))}
      local next = 0
      local seq = (os.time() - \(Int(Date().timeIntervalSince1970))) * 100000
      function request()
        next = next % #talks + 1
        seq = seq + 1
        return wrk.format("POST", talks[next][1] .. seq, {Authorization = talks[next][2], ["Content-Length"] = "0"})
      end
      function done(summary, latency)
        local errors = summary.errors
        io.write(string.format("RESULT %d %d %f %f %d\\n", summary.requests, summary.duration,
          latency:percentile(50) / 1000, latency:percentile(99) / 1000,
          errors.connect + errors.read + errors.write + errors.status + errors.timeout))
      end
      """
    try text.write(toFile: script, atomically: true, encoding: .utf8)
  }

  func run(_ url: String) async throws -> Result {
    let output = try await Program.run(
      ["wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "-s", script, url], withErrors: true
    ).output
    let line = output.split(whereSeparator: \.isNewline).first { $0.hasPrefix("RESULT ") }
    let words = line.map { $0.split(separator: " ").dropFirst().compactMap { Double($0) } } ?? []
    guard words.count == 5 else { throw Program.Unreadable("wrk", output: output) }
    return Result(
      requests: Int(words[0]), rate: words[0] * 1_000_000 / words[1], median: words[2], late: words[3],
      failures: Int(words[4]))
  }
}
