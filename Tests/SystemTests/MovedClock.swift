import Foundation
import PostgresDriver
import Testing

/// A clock of Postgres that a test moves forward, for one service. The service's statements find these functions before
/// the server's; defaults of columns and the other services keep the server's clock.
struct MovedClock: Sendable {
  private let suite: Suite

  /// Restarts the service with such a clock while the body runs.
  static func with(_ service: String, _ suite: Suite, _ body: (MovedClock) async throws -> Void) async throws {
    try await suite.withDatabase { database in
      _ = try await database.query(PostgresQuery(script: script(role: "talktime_\(service)")))
    }
    let name = "\(service.uppercased())_DATABASE_URL"
    let address = try suite.setting(name)
    let path = "options=-csearch_path%3Dmoved_clock,pg_catalog,public"
    let clock = MovedClock(suite: suite)
    let result: Result<Void, any Error>
    do {
      try await suite.withService(service, [name: address + (address.contains("?") ? "&" : "?") + path]) {
        try await body(clock)
        // What a killed worker has in hand would stay there until its lease ends, by this clock.
        _ = try await eventually("nothing is running") {
          try await suite.withDatabase { database in
            let found = try await database.query("SELECT 1 AS one FROM tasks WHERE status = 'running'").rows
            return found.isEmpty ? true : nil
          }
        }
      }
      result = .success(())
    } catch { result = .failure(error) }
    // What waits of other tests comes when it would have come, unless its patience has ended meanwhile.
    try await suite.withDatabase { database in
      _ = try await database.query(
        PostgresQuery(
          script: """
            UPDATE tasks SET run_at = run_at - (SELECT passed FROM moved_clock.ahead)
            WHERE run_at > now() + interval '1 hour' AND status = 'pending';
            UPDATE task_workers SET lease_until = now() WHERE lease_until > now() + interval '1 hour';
            DROP SCHEMA moved_clock CASCADE;
            """))
    }
    try result.get()
  }

  func advance(by duration: Duration) async throws {
    let seconds = duration.components.seconds
    try await suite.withDatabase { database in
      _ = try await database.query("UPDATE moved_clock.ahead SET passed = passed + \(seconds) * interval '1 second'")
    }
  }

  private static func script(role: String) -> String {
    """
    DROP SCHEMA IF EXISTS moved_clock CASCADE;
    CREATE SCHEMA moved_clock;
    CREATE TABLE moved_clock.ahead (passed interval NOT NULL);
    INSERT INTO moved_clock.ahead VALUES ('0');
    CREATE FUNCTION moved_clock.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql AS
      'SELECT pg_catalog.statement_timestamp() + (SELECT passed FROM moved_clock.ahead)';
    CREATE FUNCTION moved_clock.now() RETURNS timestamptz STABLE LANGUAGE sql AS
      'SELECT pg_catalog.now() + (SELECT passed FROM moved_clock.ahead)';
    CREATE FUNCTION moved_clock.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS
      'SELECT pg_catalog.clock_timestamp() + (SELECT passed FROM moved_clock.ahead)';
    GRANT USAGE ON SCHEMA moved_clock TO \(role);
    GRANT SELECT ON moved_clock.ahead TO \(role);
    """
  }
}
