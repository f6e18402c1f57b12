import ArgumentParser
import BenchSupport
import Foundation
import NIOCore
import RedisDriver

/// Measures the same talks through Caddy, in turns: heartbeats over HTTP and over the live link. The last line is the
/// ratio.
struct Link: AsyncParsableCommand {
  @Option(help: "Connections, each with a talk of its own.") var connections = 64
  @Option(help: "Turns of each.") var rounds = 3
  @Option(help: "Seconds of each turn, at most 8.") var seconds = 6
  @Argument(help: .hidden) var what = "link"

  private struct Costs {
    let session, caddy, redis: Double

    static func now(_ environment: BenchEnvironment, _ redis: RedisClient) async throws -> Costs {
      Costs(
        session: try ProcessTime.of(environment.sessionProcess), caddy: try ProcessTime.of(environment.caddyProcess),
        redis: try await redis.processorTime())
    }

    /// Microseconds of CPU for each beat: the service's, Caddy's and Redis's.
    func row(since before: Costs, beats: Int) -> String {
      [session - before.session, caddy - before.caddy, redis - before.redis]
        .map { two($0 * 1_000_000 / Double(max(1, beats))).padding(13) }.joined()
    }
  }

  func run() async throws {
    let environment = try BenchEnvironment()
    let redis = try environment.redis()
    print("\(connections) talks are started through \(environment.publicURL)")
    let talks = try await Talkers(environment).start(connections)
    let wrk = try Wrk(talks: talks, connections: connections, seconds: seconds)
    let begun = Date.now
    var load = try await LinkLoad.make()
    try await load.connect(talks, to: environment.publicURL)
    let script = try await ScriptShare(redis: redis, environment: environment).rate(talks[0], connections)
    print("turn   over   beats/s      p50 ms   p99 ms   service us   caddy us     redis us     not answered")
    var (ratios, linked) = (Series(), Series())
    for round in 1...rounds {
      var before = try await Costs.now(environment, redis)
      let http = try await wrk.run(environment.publicURL)
      var after = try await Costs.now(environment, redis)
      row(
        round, "HTTP", http.rate, http.median, http.late, after.row(since: before, beats: http.requests), http.failures)
      before = after
      let link = try await load.beat(seconds: seconds, above: Int64(Date.now.timeIntervalSince(begun)) * 100_000)
      after = try await Costs.now(environment, redis)
      row(
        round, "link", link.rate, link.median, link.late, after.row(since: before, beats: link.answers), link.failures)
      ratios.add(link.rate / http.rate)
      linked.add(link.rate)
    }
    let share = linked.median / script
    print("redis-benchmark, the same script: \(whole(script))/s; share of the link \(two(share))")
    print("beats over the live link beside HTTP, through Caddy, median of \(rounds) pairs")
    print("ratio \(two(ratios.median))")
  }

  private func row(
    _ round: Int, _ name: String, _ rate: Double, _ median: Double, _ late: Double, _ costs: String, _ failures: Int
  ) {
    print(
      String(round).padding(7) + name.padding(7) + whole(rate).padding(13) + two(median).padding(9)
        + two(late).padding(9) + costs + String(failures))
  }
}
