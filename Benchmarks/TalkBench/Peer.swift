import BenchSupport
import Foundation

/// Another server with heartbeats that wrk can call.
struct Peer {
  struct NotReady: Error, CustomStringConvertible {
    let output: String
    var description: String { "the peer's preparation said: \(output)" }
  }

  let url: String
  let script: String
  let prepare: String?

  func rates(_ rounds: Int, connections: Int, seconds: Int) async throws -> [Double] {
    var rates: [Double] = []
    for _ in 0..<rounds {
      if let prepare {
        let said = try await Program.run(["sh", "-c", "\(prepare) && echo prepared"], withErrors: true).output
        guard said.contains("prepared") else { throw NotReady(output: said) }
      }
      let output = try await Program.run(
        ["wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "-s", script, url], withErrors: true
      ).output
      let line = output.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Requests/sec:") }
      guard let rate = line?.split(separator: " ").last.flatMap({ Double($0) }), !output.contains("Non-2xx") else {
        throw Program.Unreadable("wrk", output: output)
      }
      rates.append(rate)
    }
    return rates
  }
}
