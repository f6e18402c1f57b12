import Domain
import Foundation
import PostgresDriver
import RedisDriver
import Testing

@testable import RedisAdapter

/// Steps that can be recognized on the way to Redis: a script is called by its hash.
enum Script {
  static let grant = RedisTalkScripts().grant.sha1
  static let beat = RedisTalkScripts().beats.sha1
}

/// Steps that can be recognized on the way to Postgres.
enum Statement {
  /// The lock of a wallet, which is the first statement of every change.
  static let lock = "user_id = $1 FOR UPDATE"
  /// After the lock, the first statement of a settlement.
  static let settle = "talk_sessions (id, user_id, agent_id)"
  static let keepAnswer = "UPDATE idempotency_answers SET status"
}

extension Suite {
  /// Replaces the suite's own instance of a service by one with a proxy in front of each of its stores.
  func behindProxies(
    _ service: String, _ body: (_ redis: StepProxy, _ postgres: StepProxy) async throws -> Void
  ) async throws {
    let redis = try await StepProxy.to(try setting("REDIS_URL"))
    let database = "\(service.uppercased())_DATABASE_URL"
    let postgres = try await StepProxy.to(try setting(database))
    defer {
      redis.proxy.close()
      postgres.proxy.close()
    }
    try await dev("kill", service, "1")
    // Without prepared statements the text is sent, so that a proxy recognizes it.
    try await dev(
      "start", service, "1", "REDIS_URL=\(redis.url)", "\(database)=\(postgres.url)", "DATABASE_PREPARED=false")
    try await behindCaddy(service)
    let result: Result<Void, any Error>
    do { result = .success(try await body(redis.proxy, postgres.proxy)) } catch { result = .failure(error) }
    try await restart(service)
    try result.get()
  }

  /// Kills the service and starts it again with direct connections to its stores.
  func restart(_ service: String) async throws {
    try await dev("kill", service, "1")
    try await dev("start", service, "1")
    try await behindCaddy(service)
  }

  /// Caddy checks its upstreams twice per second.
  private func behindCaddy(_ service: String) async throws {
    let path = service == "session" ? "/sessions" : "/\(service)/balance"
    _ = try await eventually("Caddy finds it") { try await call("GET", path).status == 503 ? nil : true }
  }
}

extension Suite {
  /// The sum of all slices that Redis has, in milliseconds.
  func granted(to talk: Talk) async throws -> Int? {
    let session = try #require(SessionID(talk.id))
    let key = RedisArgument(Keyspace.session(session))
    let figures = try await redis(RedisCommand("HGET", key, "m")).bytes ?? []
    guard figures.count >= 17 else { return nil }
    // A byte, then doubles, big-endian; this reads the second double.
    let bits = figures[9..<17].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(Double(bitPattern: bits))
  }
}

/// The data that Redis had on disk at a moment, so that it can be restored.
struct RedisPast {
  private let suite: Suite
  private let kept: URL
  private let folder: URL

  init(_ suite: Suite) throws {
    self.suite = suite
    folder = URL(fileURLWithPath: try suite.setting("TALKTIME_STATE")).appending(path: "redis")
    kept = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID())")
    try FileManager.default.copyItem(at: folder, to: kept)
  }

  /// Kills Redis and restores that data; all later writes are lost.
  func comeBack() async throws {
    try await suite.dev("kill", "redis")
    try FileManager.default.removeItem(at: folder)
    try FileManager.default.moveItem(at: kept, to: folder)
    try await suite.dev("start", "redis")
  }
}

/// How often a talk was settled in the ledger, and how often this was announced to the other services.
struct Settlements: Equatable {
  static let none = Settlements(entries: 0, events: 0)
  static let one = Settlements(entries: 1, events: 1)
  let entries: Int
  let events: Int
}

extension Talk {
  private var session: SessionID {
    get throws { try #require(SessionID(id)) }
  }

  /// The stream for the end of this talk.
  var endedStream: String {
    get throws { Keyspace.ended(try session.shard) }
  }

  /// The slices that were held for this talk.
  func slices() async throws -> [String] { try await person.slices(of: id) }

  /// The time that the clock skipped during the talk, in milliseconds, once it is settled.
  func forgiven() async throws -> Int {
    try await person.suite.withDatabase { database in
      let found = try await database.query("SELECT forgiven_ms FROM talk_sessions WHERE id = \(id)")
      return try #require(found.rows.first).get("forgiven_ms")
    }
  }

  func settlements() async throws -> Settlements {
    try await person.suite.withDatabase { database in
      let found = try await database.query(
        """
        SELECT (SELECT count(*) FROM ledger WHERE reference = \("session:\(id):settlement")) AS entries,
          (SELECT count(*) FROM outbox WHERE type = 'session.settled' AND subject = \(id)) AS events
        """)
      let row = try #require(found.rows.first)
      return Settlements(entries: try row.get("entries"), events: try row.get("events"))
    }
  }
}

extension Person {
  /// Signs up a user with this talk time, in milliseconds, granted by an operator.
  static func signUp(_ suite: Suite, with time: Int) async throws -> Person {
    let person = try await signUp(suite)
    try await person.receive(time)
    return person
  }

  func receive(_ time: Int) async throws {
    try await suite.dev("talktime", "wallet", "grant", email, "--milliseconds=\(time)", "--reason", "for a test")
  }

  var uuid: UUID {
    get throws { try #require(UUID(uuidString: id)) }
  }

  /// The sum of all credits, in milliseconds.
  func credited() async throws -> Int {
    try await suite.withDatabase { database in
      let found = try await database.query(
        """
        SELECT coalesce(sum(requested_ms), 0)::bigint AS total FROM ledger
        WHERE user_id = \(try uuid) AND kind IN ('purchase', 'grant')
        """)
      return try #require(found.rows.first).get("total")
    }
  }

  /// All of this user's talks in Postgres, and how they ended.
  func talks() async throws -> [(id: String, reason: String?)] {
    try await suite.withDatabase { database in
      try await database.query(
        "SELECT id, end_reason FROM talk_sessions WHERE user_id = \(try uuid) ORDER BY created_at"
      ).rows.map { (try $0.get("id"), try $0.get("end_reason")) }
    }
  }

  /// Every slice that was ever held for a talk.
  func slices(of talk: String) async throws -> [String] {
    try await suite.withDatabase { database in
      try await database.query(
        "SELECT reference FROM holds WHERE purpose = \("session:" + talk) ORDER BY cumulative_ms"
      ).rows.map { try $0.get("reference", as: String.self).split(separator: ":").suffix(2).joined(separator: ":") }
    }
  }
}
