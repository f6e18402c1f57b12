import Domain
import Logging
import RedisDriver
import ServiceLifecycle

/// Ends what is due: every instance looks at every shard each 100 ms, so that no instance matters.
public struct TalkTicker: Service {
  /// At most so many end at once in a shard, so that beats never wait long for a tick.
  private static let most: Int64 = 100

  private let redis: RedisClient
  private let scripts = TalkScripts()
  private let logger: Logger

  public init(redis: RedisClient, logger: Logger) {
    self.redis = redis
    self.logger = logger
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var run: String?
      while !Task.isCancelled {
        var isBehind = false
        do {
          (run, isBehind) = try await tick(knownRun: run)
        } catch {
          run = nil
        }
        if !isBehind { try? await Task.sleep(for: .milliseconds(100)) }
      }
    }
  }

  /// - Returns: the run id of the store that was found, and whether a shard has more to end.
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
        "EVALSHA", RedisArgument(scripts.tick.sha1), "1", RedisArgument(TalkKeys(shard).deadlines),
        RedisArgument(knownRun), RedisArgument(Self.most))
    }
    let replies = try await redis.pipeline([RedisCommand("INFO", "server")] + ticks)
    let run = replies.first.map(Self.run) ?? knownRun
    var isBehind = false
    for reply in replies.dropFirst() {
      if case .error = reply { throw .unavailable }
      if let looked = reply.array?.last?.int, looked >= Self.most { isBehind = true }
    }
    // Another run may have answered the ticks of this round under the old name: it is named anew in the next.
    return (run, isBehind)
  }

  private static func run(_ info: RedisValue) -> String {
    let text = info.string ?? ""
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
    return line.map { String($0.dropFirst("run_id:".count)) } ?? ""
  }
}
