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

/// The provider has reported a conversation that is over: its transcript is there.
public struct ConversationReported: DomainEvent, Equatable {
  public static let type = "conversation.reported"
  public static let context = BoundedContext.talk
  public let userID: UserID
  public let conversationID: String
  public var subject: String { conversationID }
  public init(userID: UserID, conversationID: String) {
    self.userID = userID
    self.conversationID = conversationID
  }
  enum CodingKeys: String, CodingKey { case userID = "user_id", conversationID = "conversation_id" }
}

/// The balance fell below the mark: little talk time is left.
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

  /// A balance below this is worth a word to its owner.
  public static let mark = TalkTime.seconds(120)

  /// - Parameters:
  ///   - before: the balance before an entry of the ledger.
  ///   - after: the balance after it.
  /// - Returns: nil unless this entry crosses the mark, so that the owner hears of each crossing once.
  public init?(of user: UserID, before: TalkTime, after: TalkTime) {
    guard before >= Self.mark, after < Self.mark else { return nil }
    self.init(userID: user, remaining: after)
  }

  enum CodingKeys: String, CodingKey { case userID = "user_id", remaining = "remaining_ms" }
}

/// The balance is back at the mark of `TalkTimeLow` or above it.
public struct TalkTimeRecovered: DomainEvent, Equatable {
  public static let type = "talktime.recovered"
  public static let context = BoundedContext.talk
  public let userID: UserID
  public let remaining: TalkTime
  public var subject: String { userID.description }
  public init(userID: UserID, remaining: TalkTime) {
    self.userID = userID
    self.remaining = remaining
  }

  /// - Parameters:
  ///   - before: the balance before an entry of the ledger; nil for a wallet without entries, which was never low.
  ///   - after: the balance after it.
  /// - Returns: nil unless this entry crosses the mark.
  public init?(of user: UserID, before: TalkTime?, after: TalkTime) {
    guard let before, before < TalkTimeLow.mark, after >= TalkTimeLow.mark else { return nil }
    self.init(userID: user, remaining: after)
  }

  enum CodingKeys: String, CodingKey { case userID = "user_id", remaining = "remaining_ms" }
}
