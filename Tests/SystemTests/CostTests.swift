import Foundation
import Logging
import NIOPosix
import PostgresDriver
import RedisDriver
import Testing

/// The cost of a beat in the stores, by the stores' own counts.
@Suite("The cost of a heartbeat", .serialized)
struct CostTests {
  @Test("a heartbeat is one command in Redis and no statement in Postgres")
  func cost() async throws {
    let suite = try Suite.running()
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: try suite.setting("REDIS_URL")),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "cost"))
    let running = Task { try await redis.run() }
    defer { running.cancel() }
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    // Waits for the events of earlier purchases and holds, so that they do not fall into the measurement. The talk beats
    // meanwhile: on a busy machine the wait may be longer than a gap that ends the talk.
    _ = try await eventually("all wallets' changes are heard") { try await isHeard(suite) ? true : nil }
    let talk = try await person.startTalk()
    // The first beats put token, script and slice in their places.
    var seq = 0
    _ = try await eventually("the hold of the talk is heard") {
      seq += 1
      #expect(try await talk.beat(seq).status == 200)
      return try await isHeard(suite) && seq > 1 ? true : nil
    }
    let beats = 40
    let statements = try await statementsOfSession(suite)
    try #require(!statements.isEmpty)
    let before = try await scriptCalls(redis)
    for next in (seq + 1)...(seq + beats) { #expect(try await talk.beat(next).status == 200) }
    let after = try await scriptCalls(redis)
    // Ticks are scripts too, sixteen in each round; the rest are beats.
    #expect((after.total - after.ticks) - (before.total - before.ticks) == beats)
    let grown = try await statementsOfSession(suite).filter { $0.value > statements[$0.key, default: 0] }
    #expect(grown.keys.filter { !Self.isRegular($0) } == [])
    _ = try await talk.end()
  }

  private func isHeard(_ suite: Suite) async throws -> Bool {
    let waiting = try await suite.withDatabase { pool in
      try await pool.query("SELECT count(*) AS n FROM outbox WHERE published_at IS NULL").rows.first?
        .get("n", as: Int.self)
    }
    let groups = try await suite.redis(RedisCommand("XINFO", "GROUPS", "tt:{bus}:events:billing")).array ?? []
    let group = groups.compactMap(\.array).first { $0.count > 1 && $0[1].string == "session.wallet" } ?? []
    func figure(_ name: String) -> Int64? {
      group.firstIndex { $0.string == name }.flatMap { $0 + 1 < group.count ? group[$0 + 1].int : nil }
    }
    return waiting == 0 && figure("pending") == 0 && figure("lag") == 0
  }

  /// The number of EVALSHA calls, and how many of them were ticks. Each round of ticks begins with one INFO.
  private func scriptCalls(_ redis: RedisClient) async throws -> (total: Int, ticks: Int) {
    let replies = try await redis.pipeline([RedisCommand("INFO", "commandstats")])
    let lines = (replies.first?.string ?? "").split(whereSeparator: \.isNewline)
    func calls(_ command: String) -> Int {
      let line = lines.first { $0.hasPrefix("cmdstat_\(command):calls=") }
      return line?.split(separator: "=").dropFirst().first?.split(separator: ",").first.flatMap { Int($0) } ?? 0
    }
    return (calls("evalsha"), calls("zrangebyscore"))
  }

  /// How often each statement ran under the session service's role, by Postgres' own count.
  private func statementsOfSession(_ suite: Suite) async throws -> [String: Int] {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(url: try suite.setting("DATABASE_URL"), applicationName: "cost"),
      logger: Logger(label: "cost"))
    defer { pool.close() }
    try await pool.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    let rows = try await pool.query(
      """
      SELECT query, sum(calls)::bigint AS calls FROM pg_stat_statements
      WHERE userid = 'talktime_session'::regrole GROUP BY query
      """
    ).rows
    return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.get("query"), try $0.get("calls", as: Int.self)) })
  }

  /// Statements that run periodically and not for a beat: the relay, the checks for expired holds and for conversations
  /// that are due, and Caddy's health check.
  private static func isRegular(_ statement: String) -> Bool {
    ["pg_backend_pid", "outbox", "advisory", "BEGIN", "COMMIT", "SELECT $1", "FROM holds h", "UPDATE conversations c"]
      .contains {
        statement.contains($0)
      }
  }
}
