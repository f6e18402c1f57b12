import Domain
import Foundation
import Logging
import PostgresDriver
import RedisDriver
import Testing

/// The cost of a beat in the stores, by the stores' own counts.
@Suite("The cost of a heartbeat", .serialized)
struct CostTests {
  @Test("a heartbeat is one command in Redis and no statement in Postgres")
  func cost() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    // Waits for the events of earlier purchases and holds, so that they do not fall into the measurement. The talk
    // beats meanwhile: on a busy machine the wait may be longer than a gap that ends the talk.
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
    var others: [String] = []
    // A worker may look after a conversation of an earlier test meanwhile. A statement of a beat would be there each time.
    for _ in 0..<3 {
      let statements = try await statementsOfSession(suite)
      try #require(!statements.isEmpty)
      let commands = try await recordingCommands(suite) { () async throws in
        for next in (seq + 1)...(seq + beats) { #expect(try await talk.beat(next).status == 200) }
      }
      seq += beats
      let own = commands.filter { command in
        let text = command.joined(separator: " ")
        return text.contains(talk.id) || text.contains(person.id)
      }
      #expect(own.count == beats && own.allSatisfy { $0.first?.lowercased() == "evalsha" })
      let grown = try await statementsOfSession(suite).filter { $0.value > statements[$0.key, default: 0] }
      others = grown.keys.filter { !Self.isRegular($0) }
      if others.isEmpty { break }
    }
    #expect(others == [])
    _ = try await talk.end()
  }

  /// Whether no event about wallets or talks waits. Whoever hears an event may write another, so the outbox is looked
  /// at once more.
  private func isHeard(_ suite: Suite) async throws -> Bool {
    guard try await isPublished(suite) else { return false }
    for context in [BoundedContext.billing, .talk] {
      let groups = try await suite.redis(
        RedisCommand("XINFO", "GROUPS", RedisArgument("tt:{bus}:events:\(context.rawValue)")))
      for group in (groups.array ?? []).compactMap(\.array) {
        func figure(_ name: String) -> Int64? {
          guard let place = group.firstIndex(where: { $0.string == name }), place + 1 < group.count else { return nil }
          return group[place + 1].int
        }
        guard figure("pending") == 0, figure("lag") == 0 else { return false }
      }
    }
    return try await isPublished(suite)
  }

  private func isPublished(_ suite: Suite) async throws -> Bool {
    try await suite.withDatabase { pool in
      try await pool.query("SELECT count(*) AS n FROM outbox WHERE published_at IS NULL").rows.first?
        .get("n", as: Int.self)
    } == 0
  }

  /// The commands that clients send to Redis meanwhile, from its log of slow commands, in which a limit of zero puts
  /// all. Those that a script runs are left out: they have no client's address.
  private func recordingCommands(_ suite: Suite, _ body: () async throws -> Void) async throws -> [[String]] {
    func set(_ name: String, _ value: String) async throws {
      _ = try await suite.redis(RedisCommand("CONFIG", "SET", RedisArgument(name), RedisArgument(value)))
    }
    try await set("slowlog-max-len", "100000")
    _ = try await suite.redis(RedisCommand("SLOWLOG", "RESET"))
    try await set("slowlog-log-slower-than", "0")
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    try await set("slowlog-log-slower-than", "10000")
    let entries = try await suite.redis(RedisCommand("SLOWLOG", "GET", "100000")).array ?? []
    _ = try await suite.redis(RedisCommand("SLOWLOG", "RESET"))
    try await set("slowlog-max-len", "128")
    try result.get()
    return entries.compactMap { entry -> [String]? in
      guard let parts = entry.array, parts.count > 4, parts[4].string != "?:0" else { return nil }
      return (parts[3].array ?? []).compactMap(\.string)
    }
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

  /// Statements that run periodically and not for a beat: the relay, the checks for expired holds, those of the
  /// durations of calls that have ended, and Caddy's health check.
  private static func isRegular(_ statement: String) -> Bool {
    ["pg_backend_pid", "outbox", "advisory", "BEGIN", "COMMIT", "SELECT $1", "FROM holds h", "UPDATE conversations"]
      .contains {
        statement.contains($0)
      }
  }
}
