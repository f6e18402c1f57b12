import Domain
import Logging
import RedisDriver
import ServiceLifecycle

/// Ends what is due: every instance looks at every shard each 100 ms, so that no instance matters.
public struct TalkTicker: Service {
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
        do {
          run = try await tick(knownRun: run)
        } catch {
          run = nil
        }
        try? await Task.sleep(for: .milliseconds(100))
      }
    }
  }

  /// - Returns: the run id of the store that was found.
  private func tick(knownRun: String?) async throws(RedisError) -> String {
    guard let knownRun else {
      let run = Self.run(try await redis.send(RedisCommand("INFO", "server")))
      // The scripts must be known before they can be called by name.
      let load = [RedisCommand("SCRIPT", "LOAD", RedisArgument(scripts.tick.source))]
      _ = try await redis.pipeline(load)
      return run
    }
    let ticks = Shard.all.map { shard in
      RedisCommand(
        "EVALSHA", RedisArgument(scripts.tick.sha1), "1", RedisArgument(TalkKeys(shard).deadlines),
        RedisArgument(knownRun), "100")
    }
    let replies = try await redis.pipeline([RedisCommand("INFO", "server")] + ticks)
    let run = replies.first.map(Self.run) ?? knownRun
    for reply in replies.dropFirst() {
      if case .error = reply { throw .unavailable }
    }
    // Another run may have answered the ticks of this round under the old name: it is named anew in the next.
    return run
  }

  private static func run(_ info: RedisValue) -> String {
    let text = info.string ?? ""
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
    return line.map { String($0.dropFirst("run_id:".count)) } ?? ""
  }
}
