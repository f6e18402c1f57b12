import Domain
import FoundationEssentials

/// A talk as history shows it.
public struct TalkRecord: Sendable, Equatable {
  public let session: SessionID
  public let user: UserID
  public let conversation: String?
  public let isEnded: Bool
  public let charged: TalkTime
  public let endReason: EndReason?
  public let createdAt: Date
  public let settledAt: Date?
  /// The provider's duration of the conversation; nil until it is known. Talks that shared a URL share this value and
  /// the next.
  public let conversationDuration: TalkTime?
  /// What the reconciliation with the provider's duration charged in addition; negative if talk time was given back.
  /// Nil before.
  public let adjusted: TalkTime?
  /// Whether no later talk had the same URL. An adjustment counts once, with this talk.
  public let isLastOfConversation: Bool

  public init(
    session: SessionID, user: UserID, conversation: String?, isEnded: Bool, charged: TalkTime, endReason: EndReason?,
    createdAt: Date, settledAt: Date?, conversationDuration: TalkTime? = nil, adjusted: TalkTime? = nil,
    isLastOfConversation: Bool = true
  ) {
    self.session = session
    self.user = user
    self.conversation = conversation
    self.isEnded = isEnded
    self.charged = charged
    self.endReason = endReason
    self.createdAt = createdAt
    self.settledAt = settledAt
    self.conversationDuration = conversationDuration
    self.adjusted = adjusted
    self.isLastOfConversation = isLastOfConversation
  }

  /// The cost of the talk after reconciliation; nil before. Over all talks of a conversation the values add up to what
  /// the ledger has charged for it.
  public var finalCharge: TalkTime? { adjusted.map { isLastOfConversation ? charged + $0 : charged } }
}

/// A talk whose hold has expired. The expiry ends nothing; it only makes the talk's state be checked.
public struct UnsettledTalk: Sendable, Equatable {
  public let session: SessionID
  public let user: UserID
  /// The metered time that Postgres last recorded.
  public let metered: TalkTime

  public init(session: SessionID, user: UserID, metered: TalkTime) {
    self.session = session
    self.user = user
    self.metered = metered
  }
}

/// Talks for the history, and talks that the ledger still has to settle. Each call is one transaction.
public protocol TalkHistory: Sendable {
  func record(of session: SessionID) async throws(TalkLedgerError) -> TalkRecord?
  /// - Parameter after: the previous page's cursor.
  func history(of user: UserID, limit: Int, after: String?) async throws(TalkLedgerError) -> (
    items: [TalkRecord], next: String?
  )
  func unsettled(of user: UserID) async throws(TalkLedgerError) -> [UnsettledTalk]
  /// Talks with a hold that has expired.
  func overdue(limit: Int) async throws(TalkLedgerError) -> [UnsettledTalk]
}
