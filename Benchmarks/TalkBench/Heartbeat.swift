import ArgumentParser
import BenchSupport
import Foundation
import RedisDriver

/// Measures beats of 64 live talks and the bare handler with the same client, in turns; the last line is the ratio.
struct Heartbeat: AsyncParsableCommand {
  @Option(help: "Connections, each with a talk of its own.") var connections = 64
  @Option(help: "Turns of each.") var rounds = 3
  /// A talk without a beat for 10 s ends, and during the bare handler's turn there are no beats.
  @Option(help: "Seconds of each turn, at most 8.") var seconds = 6
  @Option(help: "Another server to compare with, such as http://127.0.0.1:8098.") var peerURL: String?
  @Option(help: "Its script for wrk.") var peerScript: String?
  @Option(help: "A command that makes it ready before each of its turns.") var peerPrepare: String?
  /// The measurement that was selected in ./dev bench.
  @Argument(help: .hidden) var what = "heartbeat"

  func run() async throws {
    let environment = try BenchEnvironment()
    let redis = try environment.redis()
    print("\(connections) talks are started through \(environment.publicURL)")
    let talks = try await Talkers(environment).start(connections)
    let wrk = try Wrk(talks: talks, connections: connections, seconds: seconds)
    let bare = try BareProcess.start()
    defer { bare.stop() }
    try await bare.ready()

    let service = Target(name: "heartbeat", url: environment.sessionURL, process: environment.sessionProcess)
    let handler = Target(name: "bare handler", url: bare.url, process: bare.process)
    var turns: [(beat: Turn, bare: Turn)] = []
    print("turn   target          requests/s   p50 ms   p99 ms   CPU us/request   Redis us/beat   not 200")
    for round in 1...rounds {
      let beat = try await turn(service, wrk, redis)
      let bare = try await turn(handler, wrk, redis)
      turns.append((beat, bare))
      beat.row(round, redis: true)
      bare.row(round, redis: false)
    }
    report(turns)
    let script = try await ScriptShare(redis: redis, environment: environment).rate(talks[0], connections)
    let own = Series(turns.map(\.beat.result.rate)).median
    print(
      "redis-benchmark, the same script, \(connections) connections: \(whole(script))/s; share \(two(own / script))")
    if let peer { try await compare(peer, own) }
  }

  private func compare(_ peer: Peer, _ own: Double) async throws {
    let rates = try await peer.rates(rounds, connections: connections, seconds: seconds).sorted()
    let ratio = own / Series(rates).median
    print("the peer: \(rates.map(whole).joined(separator: ", "))/s; ratio to its median \(two(ratio))")
  }

  private var peer: Peer? {
    guard let peerURL, let peerScript else { return nil }
    return Peer(url: peerURL, script: peerScript, prepare: peerPrepare)
  }

  private func turn(_ target: Target, _ wrk: Wrk, _ redis: RedisClient) async throws -> Turn {
    let (processBefore, redisBefore) = (try ProcessTime.of(target.process), try await redis.processorTime())
    let result = try await wrk.run(target.url)
    let (processAfter, redisAfter) = (try ProcessTime.of(target.process), try await redis.processorTime())
    return Turn(
      target: target, result: result, processSeconds: processAfter - processBefore,
      redisSeconds: redisAfter - redisBefore)
  }

  private func report(_ turns: [(beat: Turn, bare: Turn)]) {
    let ratios = Series(turns.map { $0.beat.result.rate / $0.bare.result.rate })
    let costs = Series(turns.map { $0.beat.microseconds / $0.bare.microseconds })
    let failures = turns.reduce(0) { $0 + $1.beat.result.failures + $1.bare.result.failures }
    print("answers that were not 200: \(failures)")
    print("CPU a request beside the bare handler's, median of \(rounds): \(two(costs.median))")
    print("heartbeats beside the bare handler, median of \(rounds) pairs")
    print("ratio \(two(ratios.median))")
  }
}

struct Target {
  let name: String
  let url: String
  let process: Int32
}

struct Turn {
  let target: Target
  let result: Wrk.Result
  let processSeconds: Double
  let redisSeconds: Double

  var microseconds: Double { processSeconds * 1_000_000 / Double(max(1, result.requests)) }

  var redisMicroseconds: Double { redisSeconds * 1_000_000 / Double(max(1, result.requests)) }

  func row(_ round: Int, redis: Bool) {
    let cells = [
      String(round).padding(7), target.name.padding(16), whole(result.rate).padding(13), two(result.median).padding(9),
      two(result.late).padding(9), two(microseconds).padding(17),
      redis ? two(redisMicroseconds).padding(16) : "-".padding(16),
      String(result.failures),
    ]
    print(cells.joined())
  }
}
