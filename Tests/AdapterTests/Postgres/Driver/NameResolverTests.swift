import Foundation
import Glibc
import InterposedNames
import Logging
import TestInfrastructure
import Testing

@testable import PostgresDriver

@Suite("Resolving the database's host name", .serialized)
struct NameResolverTests {
  private func url(_ database: TestDatabase, host: String) -> String {
    var parts = URLComponents(string: database.url)
    parts?.host = host
    return parts?.string ?? ""
  }

  private func pool(_ url: String, acquire: Duration = .seconds(20)) throws -> PostgresPool {
    try PostgresPool(
      configuration: PostgresConfiguration(
        url: url, applicationName: "tests", maximumConnections: 2, acquireTimeout: acquire),
      logger: Logger(label: "tests"))
  }

  /// The lookup is released at the end, so that a failed test does not hang.
  private func held(_ name: String, _ body: () async throws -> Void) async throws {
    names_hold(name)
    let end = Task {
      try await Task.sleep(for: .seconds(30))
      names_release(name)
    }
    defer {
      end.cancel()
      names_release(name)
    }
    try await body()
  }

  @Test("a lookup that hangs blocks no query on an open connection, and the last known address is used")
  func hangs() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let name = "database.one.test"
      let pool = try pool(url(database, host: name))
      defer { pool.close() }
      try await pool.query("SELECT 1")
      try await held(name) {
        let counts = try await pool.transaction { transaction async throws in
          // This needs a second connection while the first is in use.
          async let other = pool.query("SELECT 2 AS n").rows.count
          return [try await transaction.query("SELECT 1 AS n").rows.count, try await other]
        }
        #expect(counts == [1, 1])
      }
    }
  }

  @Test("a request for a connection waits no longer than its own limit")
  func refused() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let name = "never.one.test"
      try await held(name) {
        let pool = try pool(url(database, host: name), acquire: .milliseconds(300))
        defer { pool.close() }
        let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        #expect(error?.isUnavailable == true)
        #expect(names_held(name) == 1)
      }
    }
  }

  @Test("every address is tried, after one that refuses and after one that does not answer", arguments: [false, true])
  func addresses(silent: Bool) async throws {
    try await TestDatabase.with(connections: 1) { database in
      let port = try #require(URLComponents(string: database.url)?.port)
      let listener = silent ? try Self.silence(port) : -1
      defer { if listener >= 0 { close(listener) } }
      let pool = try pool(url(database, host: "database.two.test"))
      defer { pool.close() }
      #expect(try await pool.query("SELECT 1 AS n").rows.count == 1)
    }
  }

  /// Accepts connections at 127.0.0.2 and never responds.
  private static func silence(_ port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0002).bigEndian
    let failed = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) != 0 || listen(descriptor, 16) != 0
      }
    }
    guard !failed else { throw PostgresError(.unavailable, message: "127.0.0.2:\(port) is taken") }
    return descriptor
  }

  @Test("a name is looked up again after a while, and the last address is used if that lookup hangs")
  func keeps() async throws {
    let name = "kept.one.test"
    let resolver = NameResolver {}
    let start = ContinuousClock.now
    #expect(resolver.look(up: name, start) == .pending)
    let found = await eventually { resolver.look(up: name, .now) == .found(["127.0.0.1"]) ? true : nil }
    #expect(found == true)
    try await held(name) {
      let later = ContinuousClock.now + .seconds(60)
      #expect(resolver.look(up: name, later) == .pending)
      #expect(resolver.look(up: name, later + .milliseconds(900)) == .pending)
      #expect(resolver.look(up: name, later + .milliseconds(1_100)) == .found(["127.0.0.1"]))
    }
  }

  @Test("an IP address is not looked up, and an unknown name has no address")
  func others() async throws {
    let resolver = NameResolver {}
    let before = names_asked()
    #expect(resolver.look(up: "192.0.2.7", .now) == .found(["192.0.2.7"]))
    #expect(resolver.look(up: "2001:db8::7", .now) == .found(["2001:db8::7"]))
    #expect(names_asked() == before)
    let failed = await eventually { resolver.look(up: "unknown.test", .now) == .failed ? true : nil }
    #expect(failed == true)
  }
}
