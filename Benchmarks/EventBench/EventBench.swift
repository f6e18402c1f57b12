import ArgumentParser
import BenchSupport
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
    let series = Series(latencies)
    (p50, p99, max) = (
      series.at(0.5, ifEmpty: .infinity), series.at(0.99, ifEmpty: .infinity), series.at(1, ifEmpty: .infinity)
    )
  }

  static func median(_ values: [Double]) -> Double { Series(values).at(0.5, ifEmpty: .infinity) }

  static func medians(_ turns: [Turn]) -> String {
    [median(turns.map(\.p50)), median(turns.map(\.p99)), median(turns.map(\.max))]
      .map { String(format: "%9.2f", $0) }.joined()
  }

  var description: String { "p50 \(two(p50)) p99 \(two(p99)) max \(two(max))" }
}

/// The stores and the peer that ./dev bench events has prepared.
struct BenchEnvironment: Sendable {
  let databaseURL, redisURL, python, script, pgqURL: String

  init() throws {
    let settings = BenchSettings(of: "./dev bench events")
    databaseURL = try settings.value("DATABASE_URL")
    redisURL = try settings.value("REDIS_URL")
    python = try settings.value("PEER_PYTHON")
    script = try settings.value("PEER_SCRIPT")
    pgqURL = try settings.value("PGQ_URL")
  }
}
