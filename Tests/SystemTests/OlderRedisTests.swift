import Foundation
import PostgresDriver
import Testing

/// Redis restarts from older data, as after the restore of a backup, or from none.
@Suite("Revocations after a restore of Redis", .serialized)
struct OlderRedisTests {
  @Test("a token of a signed-out device stays refused when Redis comes back with older data")
  func olderRedis() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let device = try await person.signInAgain()
    try await suite.expect(200, of: device.token)
    let past = try RedisPast(suite)
    #expect(try await suite.call("POST", "/auth/logout", token: device.token).status == 204)
    try await suite.expect(401, of: device.token)
    // As if that were long ago: it is then no longer among the recent revocations, which are copied each second.
    let sid = try #require(try tokenClaims(device.token)["sid"] as? String)
    let id = try #require(UUID(uuidString: sid))
    try await suite.withDatabase { pool in
      _ = try await pool.query(
        "UPDATE revocations SET cutoff = cutoff - interval '10 minutes' WHERE device_id = \(id)")
    }
    let stop = Task { try await suite.accepted(device.token, Suite.ownRoutes) }
    try await past.comeBack()
    for route in Suite.ownRoutes {
      _ = try await eventually("\(route) serves again") {
        try await suite.call("GET", route, token: person.token).status == 200 ? true : nil
      }
    }
    try await suite.expect(401, of: device.token)
    stop.cancel()
    #expect(try await stop.value == 0)
  }

  @Test("an emptied Redis signs nobody out, and brings no token of a signed-out device back")
  func emptied() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let device = try await person.signInAgain()
    #expect(try await suite.call("POST", "/auth/logout", token: device.token).status == 204)
    try await suite.expect(401, of: device.token)
    let stop = Task { try await suite.accepted(device.token, Suite.ownRoutes) }
    for _ in 0..<3 {
      try await suite.emptyRedis()
      for route in Suite.ownRoutes {
        _ = try await eventually("\(route) serves again") {
          try await suite.call("GET", route, token: person.token).status == 200 ? true : nil
        }
      }
      try await suite.expect(401, of: device.token)
    }
    stop.cancel()
    #expect(try await stop.value == 0)
  }
}

extension Suite {
  /// Asks with the token until it is cancelled.
  /// - Returns: how often it was accepted.
  fileprivate func accepted(_ token: String, _ routes: [String]) async throws -> Int {
    var count = 0
    while !Task.isCancelled {
      for route in routes where (try? await call("GET", route, token: token).status) == 200 { count += 1 }
    }
    return count
  }
}
