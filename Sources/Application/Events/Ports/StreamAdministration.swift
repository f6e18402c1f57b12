import FoundationEssentials

/// A stream with its groups, as an operator looks at it.
public struct StreamReport: Sendable, Equatable {
  public struct Group: Sendable, Equatable {
    public let name: String
    /// Given to somebody and not acknowledged.
    public let pending: Int64
    /// Not given to anybody yet; nil where the store cannot say.
    public let lag: Int64?

    public init(name: String, pending: Int64, lag: Int64?) {
      self.name = name
      self.pending = pending
      self.lag = lag
    }
  }

  public let name: String
  public let length: Int64
  public let groups: [Group]
  /// The memory that it takes.
  public let bytes: Int64
  /// Of its first entry, by the store's clock; nil where it is empty.
  public let age: Duration?

  public init(name: String, length: Int64, groups: [Group], bytes: Int64 = 0, age: Duration? = nil) {
    self.name = name
    self.length = length
    self.groups = groups
    self.bytes = bytes
    self.age = age
  }
}

/// A dead letter's name: the list that it is in and its place there, such as `ended-1764000000000-0`.
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

/// An event that its consumer gave up. What it says is for the logs of who can read the store, not for a list.
public struct DeadLetter: Sendable, Equatable {
  public let id: DeadLetterID
  public let buriedAt: Date
  public let stream: String
  public let group: String
  /// Such as the error's name.
  public let error: String
  /// Nil for what was no event at all.
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
  public var code: String { "streams_unavailable" }
}

public protocol StreamAdministration: Sendable {
  func streams() async throws(StreamAdministrationError) -> [StreamReport]
  /// How many there are, by list.
  func deadLetterCounts() async throws(StreamAdministrationError) -> [String: Int64]
  /// List by list, the oldest first.
  /// - Parameter after: the last one of the page before.
  func deadLetters(after: DeadLetterID?, limit: Int) async throws(StreamAdministrationError) -> [DeadLetter]
  /// Puts the event into its stream again, where every group gets it anew, and takes the letter away. Killed in between
  /// it may be replayed twice: consumers do nothing the second time.
  /// - Returns: false where there is no such letter.
  func replay(_ id: DeadLetterID) async throws(StreamAdministrationError) -> Bool
}
