import Application
import Domain
import FoundationEssentials
import RedisDriver

/// The streams of all services, and their dead letters.
public struct RedisStreamAdministration: StreamAdministration {
  /// The lists of dead letters, by the names that the consumers use.
  static let lists = ["ended"] + BoundedContext.allCases.map(\.rawValue)
  static let streams = BoundedContext.allCases.map(Keyspace.events) + Shard.all.map(Keyspace.ended)

  private let redis: RedisClient

  public init(redis: RedisClient) { self.redis = redis }

  public func streams() async throws(StreamAdministrationError) -> [StreamReport] {
    let names = Self.streams.map { RedisArgument($0) }
    let replies = try await replies(
      [RedisCommand("TIME")]
        + names.flatMap {
          [
            RedisCommand("XLEN", $0), RedisCommand("XINFO", "GROUPS", $0), RedisCommand("MEMORY", "USAGE", $0),
            RedisCommand("XRANGE", $0, "-", "+", "COUNT", "1"),
          ]
        })
    let found = Self.streams.indices.map { index in replies.dropFirst(1 + 4 * index).prefix(4).map { $0 } }
    // For a stream without entries XINFO returns an error, which contains no groups.
    let groups = found.map { ($0[1].array ?? []).compactMap { FoundGroup($0) } }
    let now = StoreTime(replies.first)
    let reports = try await self.reports(of: groups, at: now)
    return Self.streams.indices.map { index in
      StreamReport(
        name: Self.streams[index], length: found[index][0].int ?? 0, groups: reports[index],
        bytes: found[index][2].int ?? 0, age: Self.firstEntry(found[index][3]).flatMap { now?.age(of: $0) })
    }
  }

  /// Looks for the oldest entry that each group has pending, and for the first one that was not delivered to it.
  private func reports(
    of groups: [[FoundGroup]], at now: StoreTime?
  ) async throws(StreamAdministrationError) -> [[StreamReport.Group]] {
    var commands: [RedisCommand] = []
    for (stream, groups) in zip(Self.streams, groups) {
      for group in groups {
        commands += [
          RedisCommand("XPENDING", RedisArgument(stream), RedisArgument(group.name)),
          RedisCommand("XRANGE", RedisArgument(stream), RedisArgument("(\(group.lastDelivered)"), "+", "COUNT", "1"),
        ]
      }
    }
    guard !commands.isEmpty else { return groups.map { _ in [] } }
    var rest = try await replies(commands)[...]
    return groups.map { groups in
      groups.map { group in
        let (pending, undelivered) = (rest.popFirst(), rest.popFirst())
        let summary = pending?.array ?? []
        let oldest = summary.count > 1 ? summary[1].string.flatMap { StreamEntryID($0) } : nil
        let first = [oldest, undelivered.flatMap(Self.firstEntry)].compactMap { $0 }.min()
        return StreamReport.Group(
          name: group.name, pending: group.pending, lag: group.lag,
          behind: first.map { now?.age(of: $0) } ?? Duration.zero, oldestPending: oldest.flatMap { now?.age(of: $0) })
      }
    }
  }

  static func firstEntry(_ reply: RedisValue) -> StreamEntryID? {
    reply.array?.first?.array?.first?.string.flatMap { StreamEntryID($0) }
  }

  public func deadLetterCounts() async throws(StreamAdministrationError) -> [String: Int64] {
    let replies = try await replies(
      Self.lists.map { RedisCommand("XLEN", RedisArgument(Keyspace.deadLetters($0))) })
    return Dictionary(uniqueKeysWithValues: zip(Self.lists, replies.map { $0.int ?? 0 }))
  }

  public func deadLetters(after: DeadLetterID?, limit: Int) async throws(StreamAdministrationError) -> [DeadLetter] {
    let first = after.flatMap { Self.lists.firstIndex(of: $0.list) } ?? 0
    let wanted = Self.lists[first...]
    let commands = wanted.map { list in
      let start = list == after?.list ? "(\(after?.entry ?? "")" : "-"
      return RedisCommand(
        "XRANGE", RedisArgument(Keyspace.deadLetters(list)), RedisArgument(start), "+", "COUNT",
        RedisArgument(limit))
    }
    var letters: [DeadLetter] = []
    for (list, reply) in zip(wanted, try await replies(commands)) {
      letters += (reply.array ?? []).compactMap { DeadLetter(list: list, $0) }
    }
    return Array(letters.prefix(limit))
  }

  public func deadLetter(_ id: DeadLetterID) async throws(StreamAdministrationError) -> DeadLetter? {
    guard Self.lists.contains(id.list) else { return nil }
    let list = RedisArgument(Keyspace.deadLetters(id.list))
    let found = try await replies([
      RedisCommand("XRANGE", list, RedisArgument(id.entry), RedisArgument(id.entry))
    ])
    return found.first?.array?.first.flatMap { DeadLetter(list: id.list, $0) }
  }

  public func replay(_ id: DeadLetterID) async throws(StreamAdministrationError) -> Bool {
    guard Self.lists.contains(id.list) else { return false }
    let list = RedisArgument(Keyspace.deadLetters(id.list))
    let found = try await replies([
      RedisCommand("XRANGE", list, RedisArgument(id.entry), RedisArgument(id.entry))
    ])
    guard let fields = found.first?.array?.first.flatMap(DeadFields.init), let stream = fields["stream"]?.string,
      let event = fields["event"]?.bytes, Self.streams.contains(stream)
    else { return false }
    // In this order, an event may be delivered twice if the process is killed in between, but it is never lost.
    let added = try await replies([RedisCommand("XADD", RedisArgument(stream), "*", "event", RedisArgument(event))])
    if case .error? = added.first { throw .unavailable }
    _ = try await replies([RedisCommand("XDEL", list, RedisArgument(id.entry))])
    return true
  }

  func replies(_ commands: [RedisCommand]) async throws(StreamAdministrationError) -> [RedisValue] {
    do { return try await redis.pipeline(commands) } catch { throw .unavailable }
  }
}

/// The fields of one entry.
private struct DeadFields {
  let id: String
  private let fields: RedisReplyFields

  init?(_ entry: RedisValue) {
    guard let pair = entry.array, pair.count == 2, let id = pair[0].string, pair[1].array != nil else { return nil }
    self.id = id
    fields = RedisReplyFields(pair[1])
  }

  subscript(_ name: String) -> RedisValue? { fields[name] }
}

/// Names with their values, which Redis lists alternately.
struct RedisReplyFields {
  private let values: [String: RedisValue]

  init(_ reply: RedisValue) {
    let words = reply.array ?? []
    values = Dictionary(
      stride(from: 0, to: words.count - 1, by: 2).compactMap { index in
        words[index].string.map { ($0, words[index + 1]) }
      }, uniquingKeysWith: { first, _ in first })
  }

  subscript(_ name: String) -> RedisValue? { values[name] }
}

extension DeadLetter {
  init?(list: String, _ entry: RedisValue) {
    guard let fields = DeadFields(entry), let moment = fields.id.split(separator: "-").first.flatMap({ Int64($0) })
    else { return nil }
    let event = fields["event"]?.string.flatMap { EventEnvelope(json: $0) }
    self.init(
      id: DeadLetterID(list: list, entry: fields.id), buriedAt: Date(unixMilliseconds: moment),
      stream: fields["stream"]?.string ?? "", group: fields["group"]?.string ?? "",
      error: fields["error"]?.string ?? "", eventID: event?.id.text, type: event?.type, subject: event?.subject)
  }
}

/// A group as XINFO reports it.
struct FoundGroup {
  let name: String
  let pending: Int64
  let lag: Int64?
  let lastDelivered: StreamEntryID

  init?(_ reply: RedisValue) {
    let fields = RedisReplyFields(reply)
    guard let name = fields["name"]?.string,
      let last = fields["last-delivered-id"]?.string.flatMap({ StreamEntryID($0) })
    else { return nil }
    self.name = name
    pending = fields["pending"]?.int ?? 0
    lag = fields["lag"]?.int
    lastDelivered = last
  }
}

/// The store's clock, as TIME reports it.
private struct StoreTime {
  private let milliseconds: Int64

  init?(_ reply: RedisValue?) {
    guard let words = reply?.array, words.count == 2, let seconds = words[0].string.flatMap({ Int64($0) }),
      let micros = words[1].string.flatMap({ Int64($0) })
    else { return nil }
    milliseconds = seconds * 1_000 + micros / 1_000
  }

  /// Never negative: after a failover to a store whose clock is behind, an entry may be younger than now.
  func age(of entry: StreamEntryID) -> Duration {
    .milliseconds(max(0, milliseconds - Int64(clamping: entry.milliseconds)))
  }
}
