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
  /// As the provider has it; nil until it is known. Talks that had the same URL share it, and what follows.
  public let conversationDuration: TalkTime?
  /// What was charged beyond the talks when they were compared with it; below zero what was given back. Nil before.
  public let adjusted: TalkTime?
  /// No later talk had the same URL. An adjustment counts once, with this one.
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

  /// What the talk has cost after it was compared with the provider's duration; nil until then. Over all talks of a
  /// conversation it sums up to what the ledger has charged for it.
  public var finalCharge: TalkTime? { adjusted.map { isLastOfConversation ? charged + $0 : charged } }
}

/// A talk whose hold has run out: it only asks a question.
public struct OverdueTalk: Sendable, Equatable {
  public let session: SessionID
  public let user: UserID
  /// What was last told to Postgres.
  public let metered: TalkTime

  public init(session: SessionID, user: UserID, metered: TalkTime) {
    self.session = session
    self.user = user
    self.metered = metered
  }
}

/// Talks as history shows them, and those that the ledger still waits for. Each call is one transaction.
public protocol TalkHistory: Sendable {
  func record(of session: SessionID) async throws(TalkLedgerError) -> TalkRecord?
  /// - Parameter after: the last page's cursor.
  func history(of user: UserID, limit: Int, after: String?) async throws(TalkLedgerError) -> (
    items: [TalkRecord], next: String?
  )
  func unsettled(of user: UserID) async throws(TalkLedgerError) -> [OverdueTalk]
  /// Talks with a hold past its expiry.
  func overdue(limit: Int) async throws(TalkLedgerError) -> [OverdueTalk]
}
