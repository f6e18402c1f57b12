import ArgumentParser
import Foundation

/// Compares the way of an event, from its outbox to its consumer, with PgQ on the same server, in turns.
@main
struct EventBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "EventBench", abstract: "Measures from an event's commit to its consumer's start, beside PgQ.")

  @Option(help: "Turns of each.") var rounds = 3
  @Option(help: "Events a second.") var rate = 1_000
  @Option(help: "Seconds of a turn.") var seconds = 30
  @Option(help: "Milliseconds between two ticks of PgQ; the best counts.") var ticks = "5,10,20"

  func run() async throws {
    let environment = try BenchEnvironment()
    let way = try EventWay(environment)
    defer { way.close() }
    let peer = PgQ(environment: environment)
    print("\(try await way.server()); \(rounds) rounds of \(seconds) s with \(rate) events a second")
    print("milliseconds from the commit's sending to the consumer's start")
    let tick = try await bestTick(peer)
    var (ours, pgq): ([Turn], [Turn]) = ([], [])
    for round in 1...max(rounds, 1) {
      ours.append(try await way.turn(rate: rate, seconds: seconds))
      pgq.append(try await peer.turn(rate: rate, seconds: seconds, tick: tick))
      print("round \(round): ours \(ours.last?.description ?? ""); PgQ \(pgq.last?.description ?? "")")
    }
    print("\n            p50      p99      max")
    print("ours    \(Turn.medians(ours))")
    print("PgQ \(tick) ms \(Turn.medians(pgq))")
    let p99 = Turn.median(ours.map(\.p99))
    let ratio = two(Turn.median(pgq.map(\.p99)) / p99)
    print("ours p99 \(two(p99)) ms, wanted below 25 ms; PgQ's is \(ratio) times as long")
  }

  private func bestTick(_ peer: PgQ) async throws -> Int {
    let all = ticks.split(separator: ",").compactMap { Int($0) }
    if let only = all.first, all.count == 1 { return only }
    var best = (p99: Double.infinity, tick: 10)
    for tick in all {
      let turn = try await peer.turn(rate: rate, seconds: min(seconds, 10), tick: tick)
      if turn.p99 < best.p99 { best = (turn.p99, tick) }
    }
    return best.tick
  }
}

/// The latencies of one turn, in milliseconds.
struct Turn: Codable, CustomStringConvertible {
  let p50, p99, max: Double

  init(_ latencies: [Double]) {
    let sorted = latencies.sorted()
    func at(_ part: Double) -> Double {
      sorted.isEmpty ? .infinity : sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]
    }
    (p50, p99, max) = (at(0.5), at(0.99), at(1))
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .infinity : sorted[sorted.count / 2]
  }

  static func medians(_ turns: [Turn]) -> String {
    [median(turns.map(\.p50)), median(turns.map(\.p99)), median(turns.map(\.max))]
      .map { String(format: "%9.2f", $0) }.joined()
  }

  var description: String { "p50 \(two(p50)) p99 \(two(p99)) max \(two(max))" }
}

/// The stores and the peer that ./dev bench events has prepared.
struct BenchEnvironment: Sendable {
  struct Missing: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not set: run ./dev bench events" }
  }

  let databaseURL, redisURL, python, script, pgqURL: String

  init() throws {
    func value(_ name: String) throws -> String {
      guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { throw Missing(name: name) }
      return value
    }
    databaseURL = try value("DATABASE_URL")
    redisURL = try value("REDIS_URL")
    python = try value("PEER_PYTHON")
    script = try value("PEER_SCRIPT")
    pgqURL = try value("PGQ_URL")
  }
}

func two(_ number: Double) -> String { String(format: "%.2f", number) }
