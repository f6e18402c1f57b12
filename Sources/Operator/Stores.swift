import ArgumentParser
import Application
import Domain
import Logging
import NIOPosix
import PostgresAdapter
import PostgresDriver
import RedisAdapter
import RedisDriver
import Runtime

/// The address of Redis for an operator's command.
struct RedisOptions: ParsableArguments {
  /// Runs the body with a connected client.
  /// - Throws: a message for the operator if no address is set, or if Redis does not respond.
  func connected<T: Sendable>(_ body: @Sendable (RedisClient) async throws -> T) async throws -> T {
    let reader = SettingsReader()
    let url = reader.required("REDIS_URL", secret: true)
    let authorities = reader.optional("REDIS_CA")
    try reader.check()
    var logger = Logger(label: "talktime.operator") { _ in JSONLogHandler(service: "operator") }
    logger.logLevel = .error
    let client = RedisClient(
      configuration: try RedisConfiguration(url: url, authorities: authorities),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.run() }
      defer {
        client.close()
        group.cancelAll()
      }
      try await Self.await(client)
      return try await body(client)
    }
  }

  private static func await(_ client: RedisClient) async throws {
    for _ in 0..<100 {
      if (try? await client.send(RedisCommand("PING"))) != nil { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw OperatorRefusal("Redis does not answer; nothing was done")
  }
}

/// Live talks and their ledger, as the session service uses them.
struct OperatorTalkModule {
  let live: RedisLiveTalkStore
  let names: any TalkProviderIDReader
  let endByOperator: EndTalkByOperator
  let drain: PauseTalkStarts

  init(_ redis: RedisClient, _ pool: PostgresPool) {
    // Grace, length and limit apply to starts and beats, which this command does not make.
    live = RedisLiveTalkStore(
      redis: redis, grace: .zero, longest: .minutes(60), limit: BeatRateLimit(interval: 0, burst: 1))
    let ledger = PostgresTalkLedger(database: pool)
    let actions = PostgresOperatorTalkActionLog(database: pool)
    names = PostgresTalkProviderIDReader(database: pool)
    let history = PostgresTalkHistory(database: pool)
    let settle = SettleTalk(live: live, ledger: ledger)
    endByOperator = EndTalkByOperator(
      live: live, history: history, actions: actions,
      end: EndTalk(live: live, ledger: ledger, history: history, settle: settle))
    drain = PauseTalkStarts(requests: RedisTalkStartPauseStore(redis: redis), actions: actions, clock: SystemClock())
  }
}

/// Both stores together.
struct OperatorStores: ParsableArguments {
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var redis: RedisOptions

  func opened<T: Sendable>(_ body: @Sendable (OperatorTalkModule, PostgresPool) async throws -> T) async throws -> T {
    let pool = try database.pool()
    defer { pool.close() }
    return try await redis.connected { redis in try await body(OperatorTalkModule(redis, pool), pool) }
  }
}
