import Domain
import FoundationEssentials

/// Finds the way of an event: when it was written and published, what each group did with it, and what came of it.
public struct TraceEvent: Sendable {
  private let records: any EventTraceReader
  private let streams: any StreamAdministration

  public init(records: any EventTraceReader, streams: any StreamAdministration) {
    self.records = records
    self.streams = streams
  }

  public func callAsFunction(_ id: EventID) async throws(StreamAdministrationError) -> EventTrace {
    let record = try await record(of: id)
    var (deliveries, letters): ([EventDelivery], [DeadLetter]) = ([], [])
    for source in Self.sources(of: id, record) {
      let found = try await streams.deliveries(
        of: id, from: source, entry: record?.entry, publishedAt: record?.publishedAt)
      deliveries += found.deliveries
      letters += found.deadLetters
    }
    // After the groups: what a group has acknowledged has its effect before.
    let inbox = try await inbox(of: id)
    guard record != nil || !deliveries.isEmpty || !letters.isEmpty || !inbox.isEmpty else { throw .eventNotFound }
    return EventTrace(
      id: id, record: record, deliveries: deliveries.map { Self.proven($0, by: inbox) }, deadLetters: letters,
      inbox: inbox,
      tasks: try await tasks(of: record, inbox))
  }

  /// A record in the inbox proves that a group has acted on an entry that its stream has forgotten.
  private static func proven(_ delivery: EventDelivery, by inbox: [InboxRecord]) -> EventDelivery {
    let isProven = delivery.state == .forgotten && inbox.contains { $0.consumer == delivery.group }
    guard isProven else { return delivery }
    return EventDelivery(
      stream: delivery.stream, entry: delivery.entry, group: delivery.group, state: .acknowledged)
  }

  private func record(of id: EventID) async throws(StreamAdministrationError) -> EventRecord? {
    do { return try await records.record(of: id) } catch { throw .unavailable }
  }

  private func inbox(of id: EventID) async throws(StreamAdministrationError) -> [InboxRecord] {
    do { return try await records.inbox(of: id) } catch { throw .unavailable }
  }

  private func tasks(
    of record: EventRecord?, _ inbox: [InboxRecord]
  ) async throws(StreamAdministrationError) -> [TaskSummary] {
    guard let record, let seen = inbox.first(where: { $0.consumer == ConsumerGroupName.tasks.rawValue }),
      let trigger = try? TaskTrigger(record.envelope)
    else { return [] }
    let wanted = EnqueueTasks.tasks(for: trigger)
    guard !wanted.isEmpty else { return [] }
    do { return try await records.tasks(wanted, seenAt: seen.seenAt) } catch { throw .unavailable }
  }

  /// Where the event may be. Without a row in the outbox only the id tells.
  static func sources(of id: EventID, _ record: EventRecord?) -> [EventSubscription.Source] {
    if let record { return [.context(record.context)] }
    let prefix = TalkEnded.type + ":"
    if id.text.hasPrefix(prefix), let session = SessionID(String(id.text.dropFirst(prefix.count))) {
      return [.endedTalks(session.shard)]
    }
    return BoundedContext.allCases.map { .context($0) }
  }
}
