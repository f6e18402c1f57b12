import ArgumentParser
import BenchSupport
import Foundation
import Logging
import NIOCore
import NIOPosix
import RedisDriver

/// Measures the memory of many live talks: Redis's bytes per talk, and the service's with a link for each talk that
/// beats every 5 s.
struct Links: AsyncParsableCommand {
  @Option(help: "Talks, each with a link.") var links = 10_000
  @Option(help: "Seconds of beating.") var seconds = 20
  @Argument(help: .hidden) var what = "links"

  func run() async throws {
    let environment = try BenchEnvironment()
    let redis = try environment.redis()
    try await Task.sleep(for: .seconds(1))
    let before = try await redis.memory()
    let empty = try ProcessTime.resident(environment.sessionProcess)
    let talks = try await SeededTalks(environment, redis).make(links)
    let bytes = (try await redis.memory() - before) / Double(links)
    print("Redis: \(whole(bytes)) bytes a live talk")
    var load = try await LinkLoad.make()
    try await load.connect(talks, to: environment.linkURL, every: .seconds(5))
    let spent = try ProcessTime.of(environment.sessionProcess)
    let result = try await load.beat(seconds: seconds, above: 1_000_000)
    let processor = try ProcessTime.of(environment.sessionProcess) - spent
    let full = try ProcessTime.resident(environment.sessionProcess)
    print("beats: \(whole(result.rate))/s, p99 \(two(result.late)) ms, not answered \(result.failures)")
    print("service: \(two(processor / Double(seconds) * 100)) % of a core")
    print(
      "resident: \(full >> 20) MiB with \(links) links, \(empty >> 20) MiB before; \((full - empty) / links) bytes a link"
    )
  }
}
