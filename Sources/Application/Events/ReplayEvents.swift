import Domain
import FoundationEssentials

/// Publishes events again that the outbox still has, under the same ids. Consumers do nothing twice. It is for a group
/// that has lost events: one that is new, or was away for longer than its stream keeps entries.
public struct ReplayEvents: Sendable {
  public enum Selection: Sendable, Equatable {
    case one(EventID)
    case range(EventReplayRange)
  }

  /// What a replay would publish.
  public struct Preview: Sendable, Equatable {
    public let count: Int
    /// How many there are of each type.
    public let types: [String: Int]

    public init(count: Int, types: [String: Int]) {
      self.count = count
      self.types = types
    }
  }

  /// The most events of one replay.
  public static let most = 10_000
  private static let batch = 200

  private let events: any PublishedEventReader
  private let bus: any EventPublisher
  private let log: any DeadLetterReplayLog

  public init(events: any PublishedEventReader, bus: any EventPublisher, log: any DeadLetterReplayLog) {
    self.events = events
    self.bus = bus
    self.log = log
  }

  /// - Throws: `eventNotFound` for an event that the outbox does not have or has not published yet, `tooManyEvents`,
  ///   and `unknownType` for a type that this build does not know if nothing was found. A newer service may have
  ///   published events that this build does not know.
  public func preview(_ selection: Selection) async throws(StreamAdministrationError) -> Preview {
    var types: [String: Int] = [:]
    try await each(selection) { batch throws(StreamAdministrationError) in
      for record in batch { types[record.envelope.type, default: 0] += 1 }
      guard types.values.reduce(0, +) <= Self.most else { throw .tooManyEvents }
    }
    if case .range(let range) = selection, let type = range.type, types.isEmpty, !EventTypes.known.contains(type) {
      throw .unknownType
    }
    return Preview(count: types.values.reduce(0, +), types: types)
  }

  /// - Returns: the number of events that were published.
  public func callAsFunction(
    _ selection: Selection, reason: Reason?, actor: String
  ) async throws(StreamAdministrationError) -> Int {
    // Nothing is published of a selection that is too large.
    _ = try await preview(selection)
    do {
      try await log.note(replayOfEvents: selection.description, reason: reason, actor: actor)
    } catch {
      throw .unavailable
    }
    var count = 0
    try await each(selection) { batch throws(StreamAdministrationError) in
      do { try await bus.publish(batch.map { ($0.context, $0.envelope) }) } catch { throw .unavailable }
      count += batch.count
    }
    return count
  }

  private func each(
    _ selection: Selection, _ body: ([EventRecord]) async throws(StreamAdministrationError) -> Void
  ) async throws(StreamAdministrationError) {
    switch selection {
    case .one(let id):
      let record: EventRecord?
      do { record = try await events.record(of: id) } catch { throw .unavailable }
      // What waits for its relay is published by it.
      guard let record, record.publishedAt != nil else { throw .eventNotFound }
      try await body([record])
    case .range(let range):
      for source in range.source.map({ [$0] }) ?? EventReplayRange.sources {
        var last: EventRecord?
        repeat {
          let page: [EventRecord]
          do {
            page = try await events.page(of: source, in: range, after: last, limit: Self.batch)
          } catch {
            throw .unavailable
          }
          if !page.isEmpty { try await body(page) }
          last = page.count < Self.batch ? nil : page.last
        } while last != nil
      }
    }
  }
}

extension ReplayEvents.Selection: CustomStringConvertible {
  public var description: String {
    switch self {
    case .one(let id): id.text
    case .range(let range):
      [
        range.source ?? "*", range.type ?? "*", range.from.formatted(.iso8601), range.until.formatted(.iso8601),
      ].joined(separator: " ")
    }
  }
}
