import ArgumentParser
import BenchSupport
import Foundation
import HTTPTransport
import Logging
import PostgresDriver

/// Measures Postgres' work for a minute of talk: its transactions while users talk, minus those while they do not.
struct Minutes: AsyncParsableCommand {
  @Option(help: "Talks at once.") var talks = 200
  @Option(help: "Minutes of talk.") var minutes = 10
  @Option(help: "Seconds for which the idle suite is watched.") var idle = 60
  @Argument(help: .hidden) var what = "minutes"

  func run() async throws {
    let environment = try BenchEnvironment()
    let database = try PostgresPool(
      configuration: PostgresConfiguration(
        url: environment.databaseURL, applicationName: "bench", maximumConnections: 1),
      logger: Logger(label: "bench"))
    let talkers = Talkers(environment)
    print("\(talks) people sign up and buy an hour")
    var buyers: [String] = []
    for _ in 0..<talks { buyers.append(try await talkers.buyer()) }
    let rest = try await count(database)
    try await Task.sleep(for: .seconds(idle))
    let start = try await count(database)
    let each = (start.transactions - rest.transactions) / (start.at - rest.at)
    print("idle: \(two(each)) transactions/s")

    var talking: [Talkers.Talk] = []
    for buyer in buyers { talking.append(try await talkers.talk(buyer)) }
    let begun = Date.now
    let beats = Beats(talks: talking, environment: environment)
    // Counted while the beats go on: a beat that waited for the count would be too late.
    let full = begun.addingTimeInterval(30 + Double(minutes) * 60)
    async let answered = beats.run(until: full.addingTimeInterval(15), from: 1)
    try await Task.sleep(for: .seconds(30))
    let first = try await count(database)
    try await Task.sleep(for: .seconds(full.timeIntervalSinceNow))
    let last = try await count(database)
    let spoken = try await answered
    let stopped = Date.now.timeIntervalSince1970
    for talk in talking { _ = try await talkers.call("/sessions/\(talk.session)/end", [:], talk.token) }
    let end = try await count(database)

    func share(_ from: Count, _ to: Count) -> Double {
      let talked = Double(talks) * (min(to.at, stopped) - max(from.at, begun.timeIntervalSince1970)) / 60
      return (to.transactions - from.transactions - each * (to.at - from.at)) / talked
    }
    print("beats answered: \(spoken)")
    print("transactions a talk minute, while talking: \(two(share(first, last)))")
    print("transactions a talk minute, with start and end: \(two(share(start, end)))")
  }

  private struct Count {
    let at, transactions: Double
  }

  /// A connection reports its statistics after it has been idle for a while (ten seconds at most).
  private func count(_ database: PostgresPool) async throws -> Count {
    let at = Date.now.timeIntervalSince1970
    try await Task.sleep(for: .seconds(12))
    let found = try await database.query(
      "SELECT xact_commit::float8 AS n FROM pg_stat_database WHERE datname = current_database()")
    return Count(at: at, transactions: try found.rows.first?.get("n") ?? 0)
  }
}

/// Sends a beat every 5 s for each talk, over HTTP.
private struct Beats {
  struct Refused: Error {
    let status: Int
  }

  let talks: [Talkers.Talk]
  let environment: BenchEnvironment

  /// - Returns: the number of beats with a response.
  func run(until end: Date, from seq: Int) async throws -> Int {
    let http = HTTPTransport(logger: Logger(label: "bench"))
    return try await withThrowingTaskGroup(of: Int.self) { tasks in
      for (index, talk) in talks.enumerated() {
        tasks.addTask {
          var number = seq
          try await Task.sleep(for: .milliseconds(5_000 * index / talks.count))
          while Date.now < end {
            let answer = try await http.send(
              HTTPClientRequest(
                method: "POST", url: "\(environment.publicURL)/sessions/\(talk.session)/heartbeat?seq=\(number)",
                headers: [("Authorization", "Bearer \(talk.token)")]),
              deadline: .seconds(4))
            guard answer.isSuccess else { throw Refused(status: answer.status) }
            number += 1
            try await Task.sleep(for: .seconds(5))
          }
          return number - seq
        }
      }
      return try await tasks.reduce(0, +)
    }
  }
}
