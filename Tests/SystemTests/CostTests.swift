import Foundation
import Logging
import NIOPosix
import PostgresDriver
import RedisDriver
import Testing

/// What a beat costs the stores, counted by the stores themselves.
@Suite("The cost of a heartbeat", .serialized)
struct CostTests {
  @Test("one command in Redis and no statement in Postgres")
  func cost() async throws {
    let suite = try Suite.running()
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: try suite.setting("REDIS_URL")),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "cost"))
    let running = Task { try await redis.run() }
    defer { running.cancel() }
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    // So that the second beat finds token, script and slice where they will be.
    _ = try await talk.beat(1)
    _ = try await talk.beat(2)
    let beats = 40
    let statements = try await statementsOfSession(suite)
    let before = try await scriptCalls(redis)
    for seq in 3..<(3 + beats) { #expect(try await talk.beat(seq).status == 200) }
    let after = try await scriptCalls(redis)
    // Ticks are scripts too: sixteen in each round; the rest are beats.
    #expect((after.total - after.ticks) - (before.total - before.ticks) == beats)
    #expect(try await statementsOfSession(suite) == statements)
    _ = try await talk.end()
  }

  /// EVALSHA calls, and how many of them were ticks: each tick's round begins with one INFO.
  private func scriptCalls(_ redis: RedisClient) async throws -> (total: Int, ticks: Int) {
    let replies = try await redis.pipeline([RedisCommand("INFO", "commandstats")])
    let lines = (replies.first?.string ?? "").split(whereSeparator: \.isNewline)
    func calls(_ command: String) -> Int {
      let line = lines.first { $0.hasPrefix("cmdstat_\(command):calls=") }
      return line?.split(separator: "=").dropFirst().first?.split(separator: ",").first.flatMap { Int($0) } ?? 0
    }
    return (calls("evalsha"), calls("zrangebyscore"))
  }

  /// Rows that the history's table was asked for: a slice or a settlement would show.
  private func statementsOfSession(_ suite: Suite) async throws -> Int {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(url: try suite.setting("DATABASE_URL"), applicationName: "cost"),
      logger: Logger(label: "cost"))
    defer { pool.close() }
    try await pool.query("SELECT pg_stat_clear_snapshot()")
    let row = try await pool.query(
      "SELECT (n_tup_ins + n_tup_upd + coalesce(idx_scan, 0))::bigint AS n FROM pg_stat_user_tables WHERE relname = 'ledger'"
    ).rows.first
    return try row?.get("n", as: Int.self) ?? 0
  }
}
