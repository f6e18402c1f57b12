import Domain
import FoundationEssentials

/// A stream with its groups, as an operator sees it.
public struct StreamReport: Sendable, Equatable {
  public struct Group: Sendable, Equatable {
    public let name: String
    /// The number of entries that were delivered to a consumer and not acknowledged.
    public let pending: Int64
    /// The number of entries that were not delivered yet; nil if the store cannot tell.
    public let lag: Int64?
    /// The age of the oldest entry that the group has not acknowledged, delivered or not; zero if there is none, nil
    /// if the store cannot tell.
    public let behind: Duration?
    /// The age of the oldest entry that was delivered and not acknowledged; nil if there is none.
    public let oldestPending: Duration?

    public init(
      name: String, pending: Int64, lag: Int64?, behind: Duration? = nil, oldestPending: Duration? = nil
    ) {
      self.name = name
      self.pending = pending
      self.lag = lag
      self.behind = behind
      self.oldestPending = oldestPending
    }
  }

  public let name: String
  public let length: Int64
  public let groups: [Group]
  /// The memory that the stream takes.
  public let bytes: Int64
  /// The age of its first entry, by the store's clock; nil if the stream is empty.
  public let age: Duration?

  public init(name: String, length: Int64, groups: [Group], bytes: Int64 = 0, age: Duration? = nil) {
    self.name = name
    self.length = length
    self.groups = groups
    self.bytes = bytes
    self.age = age
  }
}

/// A dead letter's name: its list and its place in the list, such as `ended-1764000000000-0`.
public struct DeadLetterID: Hashable, Sendable, CustomStringConvertible {
  public let list: String
  public let entry: String

  public init(list: String, entry: String) {
    self.list = list
    self.entry = entry
  }

  public init?(_ text: String) {
    guard let match = text.wholeMatch(of: #/([a-z]{1,32})-(\d{1,20}-\d{1,20})/#) else { return nil }
    list = String(match.1)
    entry = String(match.2)
  }

  public var description: String { "\(list)-\(entry)" }
}

/// An event that its consumer gave up on. The event's data is left out: only people with access to the store may read
/// it.
public struct DeadLetter: Sendable, Equatable {
  public let id: DeadLetterID
  public let buriedAt: Date
  public let stream: String
  public let group: String
  /// The error, such as its name.
  public let error: String
  /// Nil if the entry was not an event.
  public let eventID, type, subject: String?

  public init(
    id: DeadLetterID, buriedAt: Date, stream: String, group: String, error: String, eventID: String?, type: String?,
    subject: String?
  ) {
    self.id = id
    self.buriedAt = buriedAt
    self.stream = stream
    self.group = group
    self.error = error
    self.eventID = eventID
    self.type = type
    self.subject = subject
  }
}

public enum StreamAdministrationError: StableError {
  case unavailable
  case letterNotFound
  case eventNotFound
  /// A replay of more events than one may have.
  case tooManyEvents
  /// This build does not know the type of a replay, and no event of it was published in its time.
  case unknownType

  public var code: String {
    switch self {
    case .unavailable: "streams_unavailable"
    case .letterNotFound, .eventNotFound: "not_found"
    case .tooManyEvents: "too_many_events"
    case .unknownType: "unknown_type"
    }
  }
}

public protocol StreamAdministration: Sendable {
  func streams() async throws(StreamAdministrationError) -> [StreamReport]
  /// The number of dead letters of each list.
  func deadLetterCounts() async throws(StreamAdministrationError) -> [String: Int64]
  /// The dead letters, list by list, the oldest first.
  /// - Parameter after: the last one of the previous page.
  func deadLetters(after: DeadLetterID?, limit: Int) async throws(StreamAdministrationError) -> [DeadLetter]
  /// What each group did with an event, and its dead letters. Of a long stream only the part where the event can be
  /// expected is searched, and its end.
  /// - Parameters:
  ///   - entry: the entry that the relay made, if it is known.
  ///   - publishedAt: when the event was published, if it is known.
  func deliveries(
    of event: EventID, from source: EventSubscription.Source, entry: StreamEntryID?, publishedAt: Date?
  ) async throws(StreamAdministrationError) -> (deliveries: [EventDelivery], deadLetters: [DeadLetter])
  /// - Returns: nil if there is no such letter.
  func deadLetter(_ id: DeadLetterID) async throws(StreamAdministrationError) -> DeadLetter?
  /// Adds the event to its stream again, where every group receives it anew, and removes the dead letter. If the
  /// process is killed in between, the event may be replayed twice; consumers do nothing the second time.
  /// - Returns: false if there is no such letter.
  func replay(_ id: DeadLetterID) async throws(StreamAdministrationError) -> Bool
}
