import Foundation
import Logging
import NIOPosix
import PostgresDriver
import RedisDriver
import Testing

/// Where a text is found in the stores and the logs of a suite.
struct Traces: Sendable {
  let suite: Suite

  /// Every column of a table, every key and every log in which one of the texts stands, in any capitalization.
  func of(_ texts: [String]) async throws -> [String] {
    try await inTables(texts) + inRedis(texts) + inLogs(texts)
  }

  func inTables(_ texts: [String]) async throws -> [String] {
    try await suite.withDatabase { pool in
      let columns = try await pool.query(
        """
        SELECT c.table_schema::text AS schema, c.table_name::text AS name, c.column_name::text AS column,
          c.udt_name::text AS type
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
          AND c.udt_name IN ('text', 'varchar', 'bpchar', 'name', 'json', 'jsonb', 'bytea', '_text')
        ORDER BY 1, 2, 3
        """
      ).rows.map { row in
        (
          try row.get("schema", as: String.self), try row.get("name", as: String.self),
          try row.get("column", as: String.self), try row.get("type", as: String.self)
        )
      }
      try #require(columns.count > 40)
      var found: [String] = []
      for (schema, name, column, type) in columns {
        let text = type == "bytea" ? "encode(\"\(column)\", 'escape')" : "\"\(column)\"::text"
        for needle in texts {
          let rows = try await pool.query(
            PostgresQuery(
              script: """
                SELECT 1 AS one FROM "\(schema)"."\(name)"
                WHERE position(lower('\(needle.replacing("'", with: "''"))') IN lower(\(text))) > 0 LIMIT 1
                """))
          if !rows.rows.isEmpty { found.append("\(needle) in \(name).\(column)") }
        }
      }
      return found
    }
  }

  func inRedis(_ texts: [String]) async throws -> [String] {
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: try suite.setting("REDIS_URL")),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "system-tests"))
    let running = Task { try await redis.run() }
    defer { running.cancel() }
    let keys = try await eventually("Redis answers") { try? await redis.send(RedisCommand("KEYS", "*")) }
    var found: [String] = []
    for key in (keys.array ?? []).compactMap(\.string) {
      let type = try await redis.send(RedisCommand("TYPE", RedisArgument(key))).string ?? ""
      let content = try await content(of: key, type, redis)
      let all = (key + " " + Self.text(content)).lowercased()
      for needle in texts where all.contains(needle.lowercased()) { found.append("\(needle) in \(key)") }
    }
    return found
  }

  private func content(of key: String, _ type: String, _ redis: RedisClient) async throws -> RedisValue {
    let key = RedisArgument(key)
    switch type {
    case "string": return try await redis.send(RedisCommand("GET", key))
    case "hash": return try await redis.send(RedisCommand("HGETALL", key))
    case "set": return try await redis.send(RedisCommand("SMEMBERS", key))
    case "zset": return try await redis.send(RedisCommand("ZRANGE", key, "0", "-1"))
    case "list": return try await redis.send(RedisCommand("LRANGE", key, "0", "-1"))
    case "stream": return try await redis.send(RedisCommand("XRANGE", key, "-", "+"))
    case "none": return .null
    default:
      Issue.record("\(type) is a type of key that nobody looks into")
      return .null
    }
  }

  private static func text(_ value: RedisValue) -> String {
    switch value {
    case .array(let values): values.map(text).joined(separator: " ")
    default: value.string ?? ""
    }
  }

  /// The sandbox's log is the providers' and none of ours.
  func inLogs(_ texts: [String]) async throws -> [String] {
    let folder = URL(fileURLWithPath: try suite.setting("TALKTIME_STATE")).appending(path: "log")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "log" && !$0.lastPathComponent.hasPrefix("sandbox") }
    try #require(files.contains { $0.lastPathComponent.hasPrefix("auth") })
    return try files.flatMap { file in
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self).lowercased()
      return texts.filter { text.contains($0.lowercased()) }.map { "\($0) in \(file.lastPathComponent)" }
    }
  }
}
