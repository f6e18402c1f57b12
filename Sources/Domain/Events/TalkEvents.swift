/// A talk is over and its charge is in the ledger. All consumers except the settler use this event.
public struct TalkSettled: DomainEvent, Equatable {
  public static let type = "session.settled"
  public static let context = BoundedContext.talk
  public let userID: UserID
  public let sessionID: SessionID
  /// Nil if no signed URL was given out.
  public let conversationID: String?
  public let charged: TalkTime
  public let endReason: String
  public var subject: String { sessionID.text }
  public init(userID: UserID, sessionID: SessionID, conversationID: String?, charged: TalkTime, endReason: String) {
    self.userID = userID
    self.sessionID = sessionID
    self.conversationID = conversationID
    self.charged = charged
    self.endReason = endReason
  }
  enum CodingKeys: String, CodingKey {
    case userID = "user_id", sessionID = "session_id", conversationID = "conversation_id", charged = "charged_ms"
    case endReason = "end_reason"
  }
}

/// Little is left in the wallet after a settlement.
public struct TalkTimeLow: DomainEvent, Equatable {
  public static let type = "talktime.low"
  public static let context = BoundedContext.talk
  public let userID: UserID
  public let remaining: TalkTime
  public var subject: String { userID.description }
  public init(userID: UserID, remaining: TalkTime) {
    self.userID = userID
    self.remaining = remaining
  }

  /// A balance below this after a talk is worth a word to its owner.
  public static let mark = TalkTime.seconds(120)

  /// - Parameters:
  ///   - charge: of the talk that was settled.
  ///   - balance: after it.
  /// - Returns: nil where nothing was charged, and where enough is left.
  public init?(of user: UserID, charge: TalkTime, balance: TalkTime) {
    guard charge > .zero, balance < Self.mark else { return nil }
    self.init(userID: user, remaining: balance)
  }

  enum CodingKeys: String, CodingKey { case userID = "user_id", remaining = "remaining_ms" }
}
