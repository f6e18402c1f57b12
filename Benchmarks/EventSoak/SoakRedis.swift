import Application
import BenchSupport
import Domain
import Foundation
import RedisAdapter
import RedisDriver

/// The Redis of the soak and its replica, and what happens to them.
final class SoakRedis: Sendable {
  struct Unsynchronized: Error {}

  private let place: SoakPlace
  private let redis, replica: RedisClient
  private let running: Task<Void, any Error>

  init(_ place: SoakPlace) throws {
    self.place = place
    let (redis, replica) = (try place.redis(), try place.redis(port: place.replicaPort))
    (self.redis, self.replica) = (redis, replica)
    running = Task {
      async let one: Void = redis.run()
      async let two: Void = replica.run()
      _ = try await (one, two)
    }
  }

  func close() {
    running.cancel()
    redis.close()
    replica.close()
  }

  /// Starts an empty replica; it copies what there is.
  func startReplica() async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["redis-server", place.replicaConfiguration]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    try await synchronized()
  }

  private func synchronized() async throws {
    for _ in 0..<300 {
      let text = try? await replica.send(RedisCommand("INFO", "replication")).string
      if text?.contains("master_link_status:up") == true { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw Unsynchronized()
  }

  /// A crash and a restart, then an orderly restart, then a failover, each in its own quarter of the time.
  /// - Returns: how many entries the promoted replica lacked.
  func suffer(within time: Duration) async throws -> Int64 {
    let begun = ContinuousClock.now
    try await Task.sleep(until: begun + time / 4, clock: .continuous)
    try await dev("kill", "redis")
    try await dev("start", "redis")
    try await Task.sleep(until: begun + time / 2, clock: .continuous)
    // The connection is closed by the shutdown, so there is no reply.
    _ = try? await redis.send(RedisCommand("SHUTDOWN", "NOW"), deadline: .seconds(5))
    while (try? await redis.send(RedisCommand("PING"))) != nil { try await Task.sleep(for: .milliseconds(50)) }
    // The process may still be there for a moment after its last connection.
    repeat {
      try await dev("start", "redis")
      try await Task.sleep(for: .milliseconds(100))
    } while (try? await redis.send(RedisCommand("PING"))) == nil
    try await synchronized()
    try await Task.sleep(until: begun + time * 3 / 4, clock: .continuous)
    return try await failOver()
  }

  /// The replica hears nothing of the master's last second, and then answers at the master's address.
  private func failOver() async throws -> Int64 {
    try await synchronized()
    try await replica.send(RedisCommand("REPLICAOF", "NO", "ONE"))
    try await Task.sleep(for: .seconds(1))
    let lacking = try await added(redis) - (try await added(replica))
    let port = RedisArgument(URLComponents(string: place.redisURL)?.port ?? 6379)
    let info = try await replica.send(RedisCommand("INFO", "server")).string ?? ""
    let process = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("process_id:") }?.dropFirst(11) ?? ""
    try await dev("kill", "redis")
    // Its connections to the former port stay.
    try await replica.send(RedisCommand("CONFIG", "SET", "port", port))
    // ./dev stops it at the end.
    try "\(process)\n".write(toFile: place.redisProcess, atomically: true, encoding: .utf8)
    return lacking
  }

  /// The entries that were ever added to the stream.
  private func added(_ redis: RedisClient) async throws -> Int64 {
    let reply = try await redis.send(RedisCommand("XINFO", "STREAM", "tt:{bus}:events:billing")).array ?? []
    let index = reply.firstIndex { $0.string == "entries-added" }
    return index.flatMap { reply.count > $0 + 1 ? reply[$0 + 1].int : nil } ?? 0
  }

  private func dev(_ arguments: String...) async throws {
    try await Program.status(of: [place.dev] + arguments)
  }

  /// - Returns: how many groups are behind or missing, and the number of dead letters. Repeated while Redis is away.
  func rest() async throws -> (behind: Int, dead: Int64) {
    let administration = RedisStreamAdministration(redis: redis)
    while true {
      do {
        let stream = try await administration.streams().first { $0.name == "tt:{bus}:events:billing" }
        let done = (stream?.groups ?? []).filter { $0.pending == 0 && $0.behind == .zero }
        let dead = try await administration.deadLetterCounts().values.reduce(0, +)
        let isDone = SoakGroup.allCases.filter { group in done.contains { $0.name == group.name.rawValue } }
        return (SoakGroup.allCases.count - isDone.count, dead)
      } catch {
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }
}
