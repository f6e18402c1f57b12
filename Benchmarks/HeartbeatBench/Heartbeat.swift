import ArgumentParser
import Foundation
import HTTPTransport
import Logging
import NIOPosix
import RedisDriver

/// Beats of 64 live talks, and the bare handler with the same client, in turns; the last line is the ratio.
struct Heartbeat: AsyncParsableCommand {
  @Option(help: "Connections, each with a talk of its own.") var connections = 64
  @Option(help: "Turns of each.") var rounds = 3
  /// A talk that hears nothing for 10 s ends, and during the bare handler's turn nobody beats.
  @Option(help: "Seconds of each turn, at most 8.") var seconds = 6
  /// What ./dev bench was told to measure.
  @Argument(help: .hidden) var what = "heartbeat"

  func run() async throws {
    let environment = try BenchEnvironment()
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: environment.redisURL),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "bench"))
    let connecting = Task { try await redis.run() }
    defer { connecting.cancel() }
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
  }

  private func turn(_ target: Target, _ wrk: Wrk, _ redis: RedisClient) async throws -> Turn {
    let (processBefore, redisBefore) = (try ProcessTime.of(target.process), try await Self.time(of: redis))
    let result = try await wrk.run(target.url)
    let (processAfter, redisAfter) = (try ProcessTime.of(target.process), try await Self.time(of: redis))
    return Turn(
      target: target, result: result, processSeconds: processAfter - processBefore,
      redisSeconds: redisAfter - redisBefore)
  }

  /// Seconds of CPU that Redis says it used.
  private static func time(of redis: RedisClient) async throws -> Double {
    let info = try await redis.send(RedisCommand("INFO", "cpu")).string ?? ""
    let lines = info.split(whereSeparator: \.isNewline)
    return ["used_cpu_user:", "used_cpu_sys:"].reduce(0) { sum, name in
      sum + (lines.first { $0.hasPrefix(name) }.flatMap { Double($0.dropFirst(name.count)) } ?? 0)
    }
  }

  private func report(_ turns: [(beat: Turn, bare: Turn)]) {
    let ratios = turns.map { $0.beat.result.rate / $0.bare.result.rate }.sorted()
    let costs = turns.map { $0.beat.microseconds / $0.bare.microseconds }.sorted()
    let failures = turns.reduce(0) { $0 + $1.beat.result.failures + $1.bare.result.failures }
    print("answers that were not 200: \(failures)")
    print("CPU a request beside the bare handler's, median of \(rounds): \(two(costs[costs.count / 2]))")
    print("heartbeats beside the bare handler, median of \(rounds) pairs")
    print("ratio \(two(ratios[ratios.count / 2]))")
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

  func row(_ round: Int, redis: Bool) {
    let cells = [
      String(round).padding(7), target.name.padding(16), whole(result.rate).padding(13), two(result.median).padding(9),
      two(result.late).padding(9), two(microseconds).padding(17),
      redis ? two(redisSeconds * 1_000_000 / Double(max(1, result.requests))).padding(16) : "-".padding(16),
      String(result.failures),
    ]
    print(cells.joined())
  }
}

func two(_ number: Double) -> String { String(format: "%.2f", number) }
func whole(_ number: Double) -> String { String(format: "%.0f", number) }

extension String {
  func padding(_ width: Int) -> String { padding(toLength: width, withPad: " ", startingAt: 0) }
}
