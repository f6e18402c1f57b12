import Application
import Domain
import Foundation
import Logging
import NIOPosix
import PostgresAdapter
import PostgresDriver
import RedisAdapter
import RedisDriver
import Runtime
import Synchronization

/// Outbox, relay, stream and consumer, as a service has them.
struct EventWay {
  private let pool: PostgresPool
  private let redis: RedisClient
  private let connections: Task<Void, any Error>
  private static let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }

  init(_ environment: BenchEnvironment) throws {
    pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: environment.databaseURL, applicationName: "bench", maximumConnections: 16, acquireTimeout: .seconds(30)),
      logger: Self.quiet)
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: environment.redisURL),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Self.quiet)
    self.redis = redis
    connections = Task { try await redis.run() }
  }

  func close() {
    connections.cancel()
    redis.close()
    pool.close()
  }

  func server() async throws -> String {
    let version = try await pool.query("SHOW server_version").rows.first?.get("server_version", as: String.self)
    let info = try await redis.send(RedisCommand("INFO", "server")).string ?? ""
    let other = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("redis_version:") }?.dropFirst(14) ?? ""
    return "PostgreSQL \(version ?? "?"), Redis \(other)"
  }

  /// Writes events at an even rate, each in a transaction of its own, whether or not earlier ones have arrived.
  func turn(rate: Int, seconds: Int) async throws -> Turn {
    let arrivals = Arrivals(count: rate * seconds)
    let outbox = PostgresOutbox(source: "billing")
    let relay = OutboxRelay(source: "billing", pool: pool, bus: RedisEventBus(redis: redis), logger: Self.quiet)
    let worker = Worker("relay", every: .milliseconds(500), wokenBy: { relay.commits }, logger: Self.quiet) {
      try await relay.runOnce()
      return .later
    }
    let consumer = StreamConsumer(
      EventSubscription(
        group: .wallets, source: .context(.billing), isAway: { _ in false },
        handle: { envelope in
          guard let change = try envelope.event(WalletChanged.self) else { return }
          arrivals.started(Int(change.version))
        }), redis: redis, consumer: "bench-\(UInt64.random(in: 0 ... .max))", logger: Self.quiet)
    let (relaying, consuming) = (Task { try await worker.run() }, Task { try await consumer.run() })
    defer { for task in [relaying, consuming] { task.cancel() } }
    try await Task.sleep(for: .seconds(1))
    let (pool, user, begun) = (pool, UserID(UUID()), ContinuousClock.now)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<rate * seconds {
        try await Task.sleep(until: begun + Duration.seconds(Double(number) / Double(rate)), clock: .continuous)
        group.addTask {
          let change = WalletChanged(userID: user, version: Int64(number), available: .zero, frozen: false)
          try await pool.transaction { transaction in
            try await outbox.append(change, in: transaction)
            arrivals.committing(number)
          }
        }
      }
      try await group.waitForAll()
    }
    let end = ContinuousClock.now + .seconds(30)
    while !arrivals.areAll, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
    return Turn(arrivals.latencies)
  }
}

/// When each event's commit was sent, and when its consumer started.
private final class Arrivals: Sendable {
  private struct State {
    var commits: [ContinuousClock.Instant?]
    var starts: [ContinuousClock.Instant?]
    var missing: Int
  }

  private let state: Mutex<State>

  init(count: Int) {
    state = Mutex(
      State(
        commits: Array(repeating: nil, count: count), starts: Array(repeating: nil, count: count), missing: count))
  }

  func committing(_ number: Int) { state.withLock { $0.commits[number] = .now } }

  func started(_ number: Int) {
    state.withLock { state in
      guard state.starts.indices.contains(number), state.starts[number] == nil else { return }
      state.starts[number] = .now
      state.missing -= 1
    }
  }

  var areAll: Bool { state.withLock { $0.missing == 0 } }

  /// In milliseconds; infinite for what never came.
  var latencies: [Double] {
    state.withLock { state in
      zip(state.commits, state.starts).map { commit, start in
        guard let commit, let start else { return .infinity }
        return (start - commit) / .milliseconds(1)
      }
    }
  }
}
