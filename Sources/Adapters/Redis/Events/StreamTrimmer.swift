import Application
import Domain
import Logging
import Metrics
import RedisDriver

/// Trims the streams. Entries that all groups have read are removed silently. Entries that are too old or too many are
/// removed with an alarm, because a group has not read them. Every service runs a trimmer, and one of them works at a
/// time.
public struct StreamTrimmer: Sendable {
  struct Stream: Sendable {
    let key: String
    /// The groups that the stream must have; nil if it is not read by groups, as dead letters.
    let readers: Set<String>?
    let retention: StreamRetention
  }

  static let all =
    BoundedContext.allCases.map { context in
      Stream(
        key: Keyspace.events(context), readers: Set(ConsumerGroupName.readers(of: context).map(\.rawValue)),
        retention: Retention.streams)
    }
    + Shard.all.map { shard in
      Stream(
        key: Keyspace.ended(shard), readers: [ConsumerGroupName.settler.rawValue], retention: Retention.streams)
    }
    + RedisStreamAdministration.lists.map { list in
      Stream(key: Keyspace.deadLetters(list), readers: nil, retention: Retention.deadLetters)
    }

  private let redis: RedisClient
  private let streams: [Stream]
  private let interval: Duration
  private let logger: Logger

  public init(redis: RedisClient, interval: Duration = .seconds(10), logger: Logger) {
    self.init(redis: redis, streams: Self.all, interval: interval, logger: logger)
  }

  init(redis: RedisClient, streams: [Stream], interval: Duration = .seconds(10), logger: Logger) {
    self.redis = redis
    self.streams = streams
    self.interval = interval
    self.logger = logger
  }

  private static let turn = RedisArgument(Keyspace.trimmer)
  /// The most entries that one command removes, so that Redis is never blocked for long.
  private static let batch = 1_000

  /// - Throws: if Redis cannot be reached.
  public func runOnce() async throws {
    if try await hasTurn() { try await round() }
  }

  private func hasTurn() async throws -> Bool {
    let length = RedisArgument(max(1, interval.wholeMilliseconds * 9 / 10))
    return try await redis.send(RedisCommand("SET", Self.turn, "1", "NX", "PX", length)).string == "OK"
  }

  func round() async throws {
    for stream in streams { try await trim(stream) }
  }

  private func trim(_ stream: Stream) async throws {
    let key = RedisArgument(stream.key)
    let now = try await time()
    if let readers = stream.readers,
      let end = StreamTrimPolicy.acknowledged(by: try await groups(key), readers: readers, now: now)
    {
      try await trim(key, before: end)
    }
    let old = try await trim(key, before: StreamTrimPolicy.tooOld(for: stream.retention, now: now))
    alarm(stream, old, "age")
    alarm(stream, try await trimToSize(key, stream.retention.bytes), "bytes")
  }

  private func alarm(_ stream: Stream, _ count: Int64, _ limit: String) {
    guard count > 0 else { return }
    Counter(label: "talktime_stream_trimmed", dimensions: [("limit", limit), ("stream", stream.key)])
      .increment(by: count)
    logger.error(
      "entries that somebody has not read were trimmed from a stream",
      metadata: ["stream": "\(stream.key)", "entries": "\(count)", "limit": "\(limit)"])
  }

  /// - Returns: the number of removed entries.
  @discardableResult
  private func trim(_ key: RedisArgument, before end: StreamEntryID) async throws -> Int64 {
    let end = RedisArgument(end.description)
    let whole = try await inBatches { limit in RedisCommand("XTRIM", key, "MINID", "~", end, "LIMIT", limit) }
    // The rest is smaller than one node of the stream.
    return whole + (try await redis.send(RedisCommand("XTRIM", key, "MINID", "=", end)).int ?? 0)
  }

  private func trimToSize(_ key: RedisArgument, _ bytes: Int64) async throws -> Int64 {
    var gone: Int64 = 0
    while try await redis.send(RedisCommand("MEMORY", "USAGE", key)).int ?? 0 > bytes {
      let length = try await redis.send(RedisCommand("XLEN", key)).int ?? 0
      let kept = RedisArgument(length - max(1, length / 10))
      let count = try await inBatches { limit in RedisCommand("XTRIM", key, "MAXLEN", "~", kept, "LIMIT", limit) }
      // Only one node is left.
      if count == 0 { break }
      gone += count
    }
    return gone
  }

  private func inBatches(_ command: (_ limit: RedisArgument) -> RedisCommand) async throws -> Int64 {
    var gone: Int64 = 0
    while true {
      let count = try await redis.send(command(RedisArgument(Self.batch))).int ?? 0
      if count == 0 { return gone }
      gone += count
    }
  }

  /// The store's clock, in milliseconds.
  private func time() async throws -> UInt64 {
    let words = try await redis.send(RedisCommand("TIME")).array ?? []
    guard words.count == 2, let seconds = words[0].string.flatMap({ UInt64($0) }) else { throw RedisError.unavailable }
    return seconds * 1_000
  }

  private func groups(_ key: RedisArgument) async throws -> [ConsumerGroupProgress] {
    // For a stream without entries XINFO returns an error, and there are no groups.
    let groups = try await redis.pipeline([RedisCommand("XINFO", "GROUPS", key)]).first?.array ?? []
    var found: [ConsumerGroupProgress] = []
    for group in groups {
      let fields = RedisReplyFields(group)
      guard let name = fields["name"]?.string,
        let last = fields["last-delivered-id"]?.string.flatMap({ StreamEntryID($0) })
      else { throw RedisError.unavailable }
      let pending = try await redis.send(RedisCommand("XPENDING", key, RedisArgument(name))).array ?? []
      let oldest = pending.count > 1 ? pending[1].string.flatMap { StreamEntryID($0) } : nil
      found.append(ConsumerGroupProgress(name: name, lastDelivered: last, oldestPending: oldest))
    }
    return found
  }
}
