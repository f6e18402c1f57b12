import Domain
import RedisDriver
import Synchronization

/// Ends the talks that are due. Every instance checks every shard each 100 ms, so the loss of an instance does not
/// matter.
public final class RedisDueTalkEnder: Sendable {
  /// The most talks that one tick ends in a shard, so that beats never wait long for a tick.
  private static let most: Int64 = 100

  private let redis: RedisClient
  private let scripts = RedisTalkScripts()
  /// The run id of the store that replied last.
  private let run = Mutex<String?>(nil)

  public init(redis: RedisClient) { self.redis = redis }

  /// How often it runs.
  public static let interval = Duration.milliseconds(100)

  /// Checks every shard once. Called by one worker at a time.
  /// - Returns: whether a shard has more talks to end.
  public func runOnce() async throws(RedisError) -> Bool {
    let known = run.withLock { $0 }
    run.withLock { $0 = nil }
    let (found, isBehind) = try await tick(knownRun: known)
    run.withLock { $0 = found }
    return isBehind
  }

  /// - Returns: the run id of the store, and whether a shard has more talks to end.
  private func tick(knownRun: String?) async throws(RedisError) -> (run: String, isBehind: Bool) {
    guard let knownRun else {
      let run = Self.run(try await redis.send(RedisCommand("INFO", "server")))
      // The scripts must be known before they can be called by name.
      let load = [RedisCommand("SCRIPT", "LOAD", RedisArgument(scripts.tick.source))]
      _ = try await redis.pipeline(load)
      return (run, false)
    }
    let ticks = Shard.all.map { shard in
      RedisCommand(
        "EVALSHA", RedisArgument(scripts.tick.sha1), "1", RedisArgument(Keyspace.deadlines(shard)),
        RedisArgument(knownRun), RedisArgument(Self.most))
    }
    let replies = try await redis.pipeline([RedisCommand("INFO", "server")] + ticks)
    let run = replies.first.map(Self.run) ?? knownRun
    var isBehind = false
    for reply in replies.dropFirst() {
      if case .error = reply { throw .unavailable }
      if let looked = reply.array?.last?.int, looked >= Self.most { isBehind = true }
    }
    // The ticks of this round may have reached another run under the old id; the next round passes the new id.
    return (run, isBehind)
  }

  private static func run(_ info: RedisValue) -> String {
    let text = info.string ?? ""
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
    return line.map { String($0.dropFirst("run_id:".count)) } ?? ""
  }
}
