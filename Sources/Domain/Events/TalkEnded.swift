/// A talk is over in Redis. Only the settler consumes this event; all other consumers wait for `session.settled`.
public struct TalkEnded: DomainEvent, Equatable {
  public static let type = "session.ended"
  public static let context = BoundedContext.talk
  public let userID: UserID
  public let sessionID: SessionID
  public let charged: TalkTime
  public let endReason: EndReason
  /// Time that the store skipped while the talk was live. It is not charged, and reconciliation does not charge it
  /// either.
  public let forgiven: TalkTime
  public let beats: Int64
  /// Nil for a talk that ended before traces were recorded.
  public let trace: TalkBeatSummary?
  public var subject: String { sessionID.text }

  public init(
    userID: UserID, sessionID: SessionID, charged: TalkTime, endReason: EndReason, forgiven: TalkTime, beats: Int64,
    trace: TalkBeatSummary?
  ) {
    self.userID = userID
    self.sessionID = sessionID
    self.charged = charged
    self.endReason = endReason
    self.forgiven = forgiven
    self.beats = beats
    self.trace = trace
  }

  enum CodingKeys: String, CodingKey {
    case userID = "user_id", sessionID = "session_id", charged = "charged_ms", endReason = "end_reason"
    case forgiven = "forgiven_ms", beats, trace
  }
}
