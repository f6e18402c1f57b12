import Application
import Domain
import FoundationEssentials
import HTTPServing

/// The body of POST /tasks/events/replay: one event, or those that were published in a time.
struct EventReplayRequest: StrictRequestBody {
  typealias Member = CodingKeys

  let eventID, source, type, from, until: String?
  /// Not needed for a preview.
  let reason: String?
  let preview: Bool?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case eventID = "event_id", source, type, from, until, reason, preview
  }

  func selection() throws(Problem) -> ReplayEvents.Selection {
    if let eventID {
      guard let id = EventID(eventID) else { throw .invalidField("event_id", "This is not the id of an event.") }
      guard source == nil, type == nil, from == nil, until == nil else {
        throw .invalidField("event_id", "One event is chosen by its id alone.")
      }
      return .one(id)
    }
    if let source, !EventReplayRange.sources.contains(source) {
      throw .invalidField("source", "A source is auth, billing, session or task.")
    }
    let (from, until) = (try Self.moment("from", from), try Self.moment("until", until))
    guard let range = EventReplayRange(from: from, until: until, source: source, type: type) else {
      throw .invalidField("until", "The end comes after the beginning.")
    }
    return .range(range)
  }

  private static func moment(_ field: String, _ text: String?) throws(Problem) -> Date {
    guard let moment = text.flatMap({ RFC3339.read($0) }) else {
      throw .invalidField(field, "A moment is written as RFC 3339 has it, such as 2026-11-25T16:00:00Z.")
    }
    return moment
  }
}

/// How many events a replay has published, or would publish.
struct EventReplayResponse: Encodable {
  let count: Int
  /// How many there are of each type, in a preview.
  let types: [String: Int]?

  init(count: Int) { (self.count, types) = (count, nil) }

  init(_ preview: ReplayEvents.Preview) { (count, types) = (preview.count, preview.types) }
}
