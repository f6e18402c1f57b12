import Application
import Domain
import FoundationEssentials
import RedisDriver

/// Finds an event by its id. A stream has no index of them, so a part of it is read.
extension RedisStreamAdministration {
  private static let page = 500
  /// The most entries that are read around the time of publication, and at the end of the stream.
  private static let most = 20_000
  private static let window: Int64 = 60_000

  public func deliveries(
    of event: EventID, from source: EventSubscription.Source, entry: StreamEntryID?, publishedAt: Date?
  ) async throws(StreamAdministrationError) -> (deliveries: [EventDelivery], deadLetters: [DeadLetter]) {
    let stream = source.stream
    var entries: Set<StreamEntryID> = []
    if let entry {
      let page = try await range(stream, from: entry.description, to: entry)
      entries.formUnion(holders(of: event, page))
    }
    if entries.isEmpty, let publishedAt { entries.formUnion(try await around(publishedAt, event, stream)) }
    // Published again, or replayed.
    entries.formUnion(try await atEnd(event, stream))
    let deliveries: [EventDelivery]
    if entries.isEmpty, let entry {
      // A stream forgets what every group has read. But it also forgets what is too old or too much, and Redis may have
      // lost its last entries. The places of the groups do not tell which.
      let known = try await states(of: [entry], in: source)
      deliveries = known.map { delivery -> EventDelivery in
        if case .pending = delivery.state { return delivery }
        return EventDelivery(stream: delivery.stream, entry: entry, group: delivery.group, state: .forgotten)
      }
    } else {
      deliveries = try await states(of: entries.sorted(), in: source)
    }
    return (deliveries, try await letters(of: event, in: source))
  }

  private func around(
    _ date: Date, _ event: EventID, _ stream: String
  ) async throws(StreamAdministrationError) -> Set<StreamEntryID> {
    let moment = date.unixMilliseconds
    let end = StreamEntryID(milliseconds: UInt64(clamping: moment + Self.window), sequence: .max)
    var start = StreamEntryID(milliseconds: UInt64(clamping: moment - Self.window)).description
    var (found, read): (Set<StreamEntryID>, Int) = ([], 0)
    while read < Self.most {
      let page = try await range(stream, from: start, to: end)
      found.formUnion(holders(of: event, page))
      guard page.count == Self.page, let last = page.last else { break }
      read += page.count
      start = "(\(last.id)"
    }
    return found
  }

  private func atEnd(_ event: EventID, _ stream: String) async throws(StreamAdministrationError) -> Set<StreamEntryID> {
    var (found, read, end): (Set<StreamEntryID>, Int, String) = ([], 0, "+")
    while read < Self.most {
      let page = StreamEntry.all(
        try await replies([
          RedisCommand(
            "XREVRANGE", RedisArgument(stream), RedisArgument(end), "-", "COUNT", RedisArgument(Self.page))
        ]).first ?? .null)
      found.formUnion(holders(of: event, page))
      guard page.count == Self.page, let last = page.last else { break }
      read += page.count
      end = "(\(last.id)"
    }
    return found
  }

  private func range(
    _ stream: String, from start: String, to end: StreamEntryID
  ) async throws(StreamAdministrationError) -> [StreamEntry] {
    let reply = try await replies([
      RedisCommand(
        "XRANGE", RedisArgument(stream), RedisArgument(start), RedisArgument(end.description), "COUNT",
        RedisArgument(Self.page))
    ]).first
    return StreamEntry.all(reply ?? .null)
  }

  /// The entries of that event.
  private func holders(of event: EventID, _ entries: [StreamEntry]) -> [StreamEntryID] {
    // Reading all of them as JSON would take long.
    let mark = Array("\"\(event.text)\"".utf8)
    return entries.filter { $0.raw.firstRange(of: mark) != nil && $0.event?.id == event }
      .compactMap { StreamEntryID($0.id) }
  }

  // MARK: groups

  private func states(
    of entries: [StreamEntryID], in source: EventSubscription.Source
  ) async throws(StreamAdministrationError) -> [EventDelivery] {
    guard !entries.isEmpty else { return [] }
    let stream = source.stream
    let groups = (try await replies([RedisCommand("XINFO", "GROUPS", RedisArgument(stream))]).first?.array ?? [])
      .compactMap { FoundGroup($0) }
    let missing = source.readers.map(\.rawValue).filter { name in !groups.contains { $0.name == name } }.sorted()
    var all: [EventDelivery] = []
    for entry in entries {
      let id = RedisArgument(entry.description)
      let pending = try await replies(
        [RedisCommand("PING")]
          + groups.map {
            RedisCommand("XPENDING", RedisArgument(stream), RedisArgument($0.name), id, id, "1")
          })
      for (group, reply) in zip(groups, pending.dropFirst()) {
        let state = Self.state(of: entry, group, reply)
        all.append(EventDelivery(stream: stream, entry: entry, group: group.name, state: state))
      }
      all += missing.map { EventDelivery(stream: stream, entry: entry, group: $0, state: .missingGroup) }
    }
    return all
  }

  private static func state(_ pending: RedisValue) -> EventDelivery.State? {
    guard let words = pending.array?.first?.array, words.count == 4, let consumer = words[1].string,
      let idle = words[2].int, let deliveries = words[3].int
    else { return nil }
    let mark = Int64(ConsumerSlot.attemptMark)
    return .pending(
      consumer: consumer, idle: .milliseconds(idle), deliveries: deliveries < mark ? deliveries : deliveries - mark)
  }

  private static func state(of entry: StreamEntryID, _ group: FoundGroup, _ pending: RedisValue) -> EventDelivery.State
  {
    if let state = state(pending) { return state }
    return group.lastDelivered < entry ? .undelivered : .acknowledged
  }

  // MARK: dead letters

  private func letters(
    of event: EventID, in source: EventSubscription.Source
  ) async throws(StreamAdministrationError) -> [DeadLetter] {
    var (found, start): ([DeadLetter], String) = ([], "-")
    while true {
      let page =
        try await replies([
          RedisCommand(
            "XRANGE", RedisArgument(source.deadLetters), RedisArgument(start), "+", "COUNT",
            RedisArgument(Self.page))
        ]).first?.array ?? []
      let letters = page.compactMap { DeadLetter(list: source.list, $0) }
      found += letters.filter { $0.eventID == event.text }
      guard page.count == Self.page, let last = letters.last else { return found }
      start = "(\(last.id.entry)"
    }
  }
}

extension EventSubscription.Source {
  /// The groups that the stream must have.
  var readers: Set<ConsumerGroupName> {
    switch self {
    case .context(let context): ConsumerGroupName.readers(of: context)
    case .endedTalks: [.settler]
    }
  }
}
