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
  /// The wallet's version with the entry that crossed the mark; nil in an event of the release before.
  public let version: Int64?
  public var subject: String { userID.description }
  public init(userID: UserID, remaining: TalkTime, version: Int64?) {
    self.userID = userID
    self.remaining = remaining
    self.version = version
  }

  /// Different for each crossing of each user, and the same in the event of its recovery. Nil if that is not known.
  public var crossingID: String? { version.map { Self.crossing(of: userID, version: $0) } }

  fileprivate static func crossing(of user: UserID, version: Int64) -> String { "\(user)-\(version)" }

  /// A balance below this is worth a word to its owner.
  public static let mark = TalkTime.seconds(120)

  /// - Parameters:
  ///   - before: the balance before an entry of the ledger.
  ///   - after: the balance after it.
  ///   - version: the wallet's version after it.
  /// - Returns: nil unless this entry crosses the mark, so that the owner hears of each crossing once.
  public init?(of user: UserID, before: TalkTime, after: TalkTime, version: Int64) {
    guard before >= Self.mark, after < Self.mark else { return nil }
    self.init(userID: user, remaining: after, version: version)
  }

  enum CodingKeys: String, CodingKey { case userID = "user_id", remaining = "remaining_ms", version }
}

/// The balance is back at the mark of `TalkTimeLow` or above it.
public struct TalkTimeNoLongerLow: DomainEvent, Equatable {
  public static let type = "talktime.recovered"
  public static let context = BoundedContext.talk
  public let userID: UserID
  public let remaining: TalkTime
  /// The kind of the entry of the ledger, as in `LedgerEntryKind`, or of a later release; nil in an event of the
  /// release before.
  public let entryKind: String?
  /// The `version` of the `TalkTimeLow` that this ends. Nil if no entry crossed the mark downwards, as where the first
  /// credit was below it, and in an event of the release before.
  public var lowVersion: Int64?
  public var subject: String { userID.description }
  public init(userID: UserID, remaining: TalkTime, entryKind: String?, lowVersion: Int64?) {
    self.userID = userID
    self.remaining = remaining
    self.entryKind = entryKind
    self.lowVersion = lowVersion
  }

  /// - Parameters:
  ///   - before: the balance before an entry of the ledger; nil for a wallet without entries, which was never low.
  ///   - after: the balance after it.
  ///   - kind: the entry's.
  /// - Returns: nil unless this entry crosses the mark. What it ends is not known yet.
  public init?(of user: UserID, before: TalkTime?, after: TalkTime, by kind: LedgerEntryKind) {
    guard let before, before < TalkTimeLow.mark, after >= TalkTimeLow.mark else { return nil }
    self.init(userID: user, remaining: after, entryKind: kind.rawValue, lowVersion: nil)
  }

  /// That of the `TalkTimeLow` that this ends.
  public var crossingID: String? { lowVersion.map { TalkTimeLow.crossing(of: userID, version: $0) } }

  /// Whether the user has bought the talk time, and has a receipt that says so. An event of the release before does not
  /// tell, and may be about a purchase.
  public var mayBePurchase: Bool { entryKind.map { $0 == LedgerEntryKind.purchase.rawValue } ?? true }

  enum CodingKeys: String, CodingKey {
    case userID = "user_id", remaining = "remaining_ms", entryKind = "entry_kind", lowVersion = "low_version"
  }
}
