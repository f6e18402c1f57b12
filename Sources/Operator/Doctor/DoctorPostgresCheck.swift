import Domain
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Runtime

/// Checks whether each database address can be signed in to, and whether its tables are of this version.
struct DoctorPostgresCheck: Sendable {
  let directory: String
  let logger: Logger

  private static let addresses = [
    "DATABASE_ADMIN_URL", "DATABASE_URL", "DATABASE_LISTEN_URL", "AUTH_DATABASE_URL", "BILLING_DATABASE_URL",
    "SESSION_DATABASE_URL", "TASK_DATABASE_URL",
  ]

  func findings() async -> [Finding] {
    let reader = SettingsReader()
    var found: [Finding] = []
    let named = Self.addresses.compactMap { name in reader.optional(name, secret: true).map { (name, $0) } }
    // In parallel, because each may have to wait for a timeout.
    let looks = await withTaskGroup { group in
      for (index, (name, url)) in named.enumerated() {
        group.addTask { (index, await signIn(name, url, reader)) }
      }
      return await group.reduce(into: [(Int, [Finding])]()) { $0.append($1) }
    }
    found += looks.sorted { $0.0 < $1.0 }.flatMap(\.1)
    if found.isEmpty { found.append(.problem("postgres", "DATABASE_URL is missing")) }
    let owner = reader.optional("DATABASE_ADMIN_URL", secret: true) ?? reader.optional("DATABASE_URL", secret: true)
    if let owner {
      let state = await migrations(owner)
      found += state
      // The table of the workers is of the newest migrations.
      if state.allSatisfy({ $0.level != .problem }) { found += await taskService(owner) }
    }
    return found
  }

  private func with<T: Sendable>(_ url: String, _ body: (PostgresPool) async throws -> T) async throws -> T {
    let pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: url, applicationName: "talktime-doctor", maximumConnections: 1, statementTimeout: .seconds(5),
        acquireTimeout: .seconds(5)),
      logger: logger)
    defer { pool.close() }
    return try await body(pool)
  }

  /// Signs in. A service's role with all rights is reported, because a mistake of that service could then change
  /// everything.
  private func signIn(_ name: String, _ url: String, _ reader: SettingsReader) async -> [Finding] {
    do {
      return try await with(url) { pool in
        let result = try await pool.query(
          """
          SELECT current_user AS name, rolsuper OR rolbypassrls AS is_above,
            current_setting('statement_timeout') AS statement_timeout
          FROM pg_roles WHERE rolname = current_user
          """)
        guard let row = result.rows.first else { return [.problem("postgres", "\(name) lets in nobody who is known")] }
        let (role, isAbove) = (try row.get("name", as: String.self), try row.get("is_above", as: Bool.self))
        if isAbove, name.hasSuffix("_DATABASE_URL") {
          return [.problem("postgres", "\(name) signs in as \(role), whom row-level security does not hold")]
        }
        let isPooled = pool.isPooled == true
        var found = [Finding.ok("postgres", "\(name) signs in as \(role)\(isPooled ? ", through a pooler" : "")")]
        guard isPooled else { return found }
        // The owner's statements may take long, and no service listens by the owner's address.
        if name != "DATABASE_ADMIN_URL" {
          if try row.get("statement_timeout", as: String.self) == "0" {
            let isOurs = role.hasPrefix("talktime_")
            let mend = isOurs ? "talktime migrate sets it" : "ALTER ROLE \(role) SET statement_timeout = '5s' does"
            found.append(.problem("postgres", "\(name): no statement_timeout holds for \(role): \(mend)"))
          }
          found += try await hearing(name, pool, reader)
        }
        return found
      }
    } catch {
      return [.problem("postgres", "\(name) cannot be used: \(Self.words(error))")]
    }
  }

  /// Checks LISTEN: a transaction pooler accepts it and delivers the notification to another client.
  private func hearing(_ name: String, _ pool: PostgresPool, _ reader: SettingsReader) async throws -> [Finding] {
    guard try await !hears(pool) else { return [] }
    var found: [Finding] = []
    if name == "DATABASE_LISTEN_URL" || reader.optional("DATABASE_LISTEN_URL", secret: true) == nil {
      found.append(
        .problem(
          "postgres",
          "nothing is heard by \(name), which leads through a transaction pooler: set DATABASE_LISTEN_URL to a direct "
            + "address, or to a session pooler's"))
    }
    if reader.optional("DATABASE_PREPARED") != nil, reader.flag("DATABASE_PREPARED", default: false) {
      found.append(
        .problem("postgres", "\(name) leads through a transaction pooler: DATABASE_PREPARED must not be true"))
    }
    return found
  }

  private func hears(_ pool: PostgresPool) async throws -> Bool {
    let channel = "talktime_doctor_\(UInt32.random(in: 0...UInt32.max))"
    return try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        for await event in pool.listen(to: [channel]) {
          switch event {
          case .listening: try await pool.query("SELECT pg_notify(\(channel), 'heard')")
          case .message(let from, _): if from == channel { return true }
          }
        }
        return false
      }
      group.addTask {
        try await Task.sleep(for: .seconds(3))
        return false
      }
      defer { group.cancelAll() }
      return try await group.next() ?? false
    }
  }

  private func migrations(_ url: String) async -> [Finding] {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }
      let files = try names.sorted().compactMap {
        Migration(file: $0, sql: try String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8))
      }
      let state = try await with(url) { try await Migrator(pool: $0).state(of: files) }
      var found: [Finding] = state.pending.map { .problem("migrations", "\($0) is not applied: talktime migrate") }
      found += state.changed.map { .problem("migrations", "\($0) was applied and has changed since") }
      found += state.unknown.map { .warning("migrations", "\($0) was applied by a newer version") }
      return found.isEmpty ? [.ok("migrations", "all \(files.count) are applied")] : found
    } catch {
      return [.problem("migrations", "they cannot be compared: \(Self.words(error))")]
    }
  }

  /// Whether the running workers of the task service read what the other services of this release publish.
  private func taskService(_ url: String) async -> [Finding] {
    do {
      let workers = try await with(url) {
        try await PostgresTaskWorkerCensus(database: $0).workers(reading: TaskVocabulary.level)
      }
      if workers.older > 0 {
        return [
          .problem(
            "update",
            "\(workers.older) running workers of the task service are of an older release: update the task service "
              + "before auth, billing and session")
        ]
      }
      if workers.current == 0 { return [.warning("update", "no worker of the task service is running")] }
      return [.ok("update", "the running task service reads all that this release publishes")]
    } catch {
      return [.problem("update", "the workers of the task service cannot be read: \(Self.words(error))")]
    }
  }

  private static func words(_ error: any Error) -> String {
    (error as? PostgresError)?.message ?? error.localizedDescription
  }
}
