import Foundation
import RedisDriver
import Testing

@Suite("The names of consumers", .serialized)
struct ConsumerNameTests {
  @Test("an instance has a name that no other instance has or had")
  func names() async throws {
    let suite = try Suite.running()
    var known = try await names(suite)
    // The second process uses the port of the first.
    for _ in 0..<2 {
      try await suite.dev("start", "task", "2")
      let before = known
      known.formUnion(
        try await eventually("a new name reads along") {
          let new = try await names(suite).subtracting(before)
          return new.isEmpty ? nil : new
        })
      try await suite.dev("kill", "task", "2")
    }
  }

  private func names(_ suite: Suite) async throws -> Set<String> {
    let consumers = try await suite.redis(RedisCommand("XINFO", "CONSUMERS", "tt:{bus}:events:billing", "task"))
    return Set((consumers.array ?? []).compactMap { $0.array?[1].string })
  }
}
