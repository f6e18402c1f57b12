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
    let now = replies.first?.array?.first?.string.flatMap { Int64($0) }
    return Self.streams.indices.map { index in
      let found = replies.dropFirst(1 + 4 * index).prefix(4).map { $0 }
      let first = found[3].array?.first?.array?.first?.string.flatMap { StreamEntryID($0) }
      return StreamReport(
        name: Self.streams[index], length: found[0].int ?? 0,
        // For a stream without entries XINFO returns an error, which contains no groups.
        groups: (found[1].array ?? []).compactMap { StreamReport.Group($0) }, bytes: found[2].int ?? 0,
        age: now.flatMap { now in first.map { .seconds(now - Int64(clamping: $0.milliseconds / 1_000)) } })
    }
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

  private func replies(_ commands: [RedisCommand]) async throws(StreamAdministrationError) -> [RedisValue] {
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
  fileprivate init?(list: String, _ entry: RedisValue) {
    guard let fields = DeadFields(entry), let moment = fields.id.split(separator: "-").first.flatMap({ Int64($0) })
    else { return nil }
    let event = fields["event"]?.string.flatMap { EventEnvelope(json: $0) }
    self.init(
      id: DeadLetterID(list: list, entry: fields.id), buriedAt: Date(unixMilliseconds: moment),
      stream: fields["stream"]?.string ?? "", group: fields["group"]?.string ?? "",
      error: fields["error"]?.string ?? "", eventID: event?.id.text, type: event?.type, subject: event?.subject)
  }
}

extension StreamReport.Group {
  fileprivate init?(_ reply: RedisValue) {
    let fields = RedisReplyFields(reply)
    guard let name = fields["name"]?.string else { return nil }
    self.init(name: name, pending: fields["pending"]?.int ?? 0, lag: fields["lag"]?.int)
  }
}
