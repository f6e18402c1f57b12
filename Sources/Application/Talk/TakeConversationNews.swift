import Domain
import FoundationEssentials

public protocol ChecksConversationSignatures: Sendable {
  /// - Parameter header: the signature as it came, with its time.
  func isWebhook(_ header: String, body: [UInt8]) -> Bool
}

/// What was signed and could not be read is kept, for an operator.
public protocol KeepsUnreadNews: Sendable {
  func keepUnread(_ body: [UInt8]) async throws(TalkBooksError)
}

public enum ConversationNews: Sendable, Equatable {
  case reckoned(ReckonedConversation)
  /// Its talks are over. How long it was is not told.
  case ended
  /// Not a conversation of ours, or nothing that has a duration.
  case dropped
  case unread
}

/// Takes what the provider tells after a call: that it is over, which ends a talk that still beats, and how long it was.
/// The same news again has no second effect, and news that never comes is asked for.
public struct TakeConversationNews: Sendable {
  private struct Event: Decodable {
    struct Details: Decodable {
      struct Metadata: Decodable { let call_duration_secs: Double? }
      let conversation_id: String?
      let status: String?
      let metadata: Metadata?
    }
    let type: String
    /// Seconds since 1970.
    let event_timestamp: Double?
    let data: Details?
  }

  private let conversations: any KeepsConversations
  private let unread: any KeepsUnreadNews
  private let endTalks: EndAbandonedTalks

  public init(conversations: any KeepsConversations, unread: any KeepsUnreadNews, endTalks: EndAbandonedTalks) {
    self.conversations = conversations
    self.unread = unread
    self.endTalks = endTalks
  }

  /// - Parameter body: as it was signed.
  public func callAsFunction(_ body: [UInt8]) async throws(TalkBooksError) -> ConversationNews {
    guard let event = try? JSONDecoder().decode(Event.self, from: Data(body)) else {
      try await unread.keepUnread(body)
      return .unread
    }
    guard event.type == "post_call_transcription", let details = event.data, let id = details.conversation_id else {
      return .dropped
    }
    let state = details.status.map { ConversationState(rawValue: $0) }
    if case .some(let state) = state, state?.isHungUp != true { return .dropped }
    // First of all, since its minutes burn. Where Redis is away, the look that is due as long as a talk of a known
    // duration is not settled does it.
    let ended = try await endTalks(id)
    // A call that is not over has no duration yet.
    guard state.map({ $0?.isOver == true }) ?? true, let seconds = details.metadata?.call_duration_secs else {
      guard let ended else { throw .unavailable }
      return ended.isEmpty ? .dropped : .ended
    }
    let word = ConversationWord(
      duration: TalkTime(callSeconds: seconds),
      told: event.event_timestamp.flatMap(Self.moment))
    return try await conversations.reckon(id, word: word).map { .reckoned($0) } ?? .dropped
  }

  /// Nil beyond the year 2100: it is no moment of a call.
  private static func moment(_ seconds: Double) -> Date? {
    (0...4_102_444_800).contains(seconds) ? Date(timeIntervalSince1970: seconds) : nil
  }
}

extension TalkTime {
  /// Seconds as the provider counts a call's; none is longer than a day.
  public init(callSeconds seconds: Double) {
    self = .milliseconds(Int64((max(0, min(seconds, 86_400)) * 1_000).rounded()))
  }
}
