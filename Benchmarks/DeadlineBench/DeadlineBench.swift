import ArgumentParser
import BenchSupport
import Domain
import Foundation
import Logging
import NIOPosix
import RedisAdapter
import RedisDriver
import Runtime

/// Measures how late a talk ends when its client stops beating, while one of two instances is killed.
@main
struct DeadlineBench: AsyncParsableCommand {
  @Option(help: "Live talks.") var talks = 10_000
  @Option(help: "Rounds of each case.") var rounds = 3
  /// The measurement that was selected in ./dev bench.
  @Argument(help: .hidden) var what = "deadlines"

  func run() async throws {
    print("case              talks   ended   late by: p50 ms   p99 ms   most ms")
    for round in 1...rounds {
      try await measure("over 5 s", round) { .milliseconds(Int64(4_500 + $0 * 5_000 / talks)) }
      try await measure("all at once", round, atOnce: true) { _ in .seconds(5) }
    }
  }

  /// - Parameter lasting: how long the talk with this number lasts from its first beat; at most 10 s.
  private func measure(
    _ name: String, _ round: Int, atOnce: Bool = false, lasting: @escaping @Sendable (Int) -> TalkTime
  ) async throws {
    let (redis, connecting) = try await Self.connected()
    defer { connecting.cancel() }
    _ = try await redis.send(RedisCommand("FLUSHDB"))
    let instances = [try await Instance(), try await Instance()]
    let crowd = Crowd(redis: redis)
    try await crowd.seat(talks, lasting: lasting)
    let deadlines = atOnce ? try await crowd.alignDeadlines() : try await crowd.deadlines()
    let (first, last) = (deadlines.values.min() ?? 0, deadlines.values.max() ?? 0)
    // Halfway through the deadlines.
    try await Task.sleep(for: .milliseconds(max(0, (first + last) / 2 - Int64(Date().timeIntervalSince1970 * 1_000))))
    instances[0].kill()
    let ends = try await crowd.ends(of: talks)
    instances[1].kill()
    let late = deadlines.compactMap { session, deadline in ends[session].map { $0 - deadline } }.sorted()
    let figures = [0.5, 0.99, 1].map { part in late.isEmpty ? 0 : late[Int(Double(late.count - 1) * part)] }
    print(
      [name.padding(18), "\(talks)".padding(8), "\(ends.count)".padding(17)].joined()
        + figures.map { "\($0)".padding(9) }.joined())
  }

  static func connected() async throws -> (RedisClient, Task<Void, any Error>) {
    let url = try BenchSettings(of: "./dev bench deadlines").value("REDIS_URL")
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: url), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "bench"))
    let connecting = Task { try await redis.run() }
    while (try? await redis.send(RedisCommand("PING"))) == nil { try await Task.sleep(for: .milliseconds(20)) }
    return (redis, connecting)
  }
}

/// The deadline worker of one instance of the session service.
private struct Instance {
  private let redis: RedisClient
  private let tasks: [Task<Void, any Error>]

  init() async throws {
    let (redis, connecting) = try await DeadlineBench.connected()
    self.redis = redis
    let ticker = RedisDueTalkEnder(redis: redis)
    let worker = Worker("deadlines", every: RedisDueTalkEnder.interval, logger: Logger(label: "bench")) {
      try await ticker.runOnce() ? .atOnce : .later
    }
    tasks = [connecting, Task { try await worker.run() }]
  }

  /// Stops without finishing the work in progress.
  func kill() {
    for task in tasks { task.cancel() }
    redis.close()
  }
}
