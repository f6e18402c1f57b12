import Domain
import FoundationEssentials

public enum ConversationWebhookResult: Sendable, Equatable {
  case reconciled(ReconciliationResult)
  /// Its talks are over. How long it was is not told.
  case ended
  /// Not a conversation of ours, or nothing that has a duration.
  case dropped
  case unparsed
}

/// Takes what the provider tells after a call: that it is over, which ends a talk that still beats, and how long it was.
/// The same news again has no second effect, and news that never comes is asked for.
public struct HandleConversationWebhook: Sendable {
  private let conversations: any ConversationRepository
  private let unparsed: any UnparsedWebhookStore
  private let endTalks: EndAbandonedTalks

  public init(
    conversations: any ConversationRepository, unparsed: any UnparsedWebhookStore, endTalks: EndAbandonedTalks
  ) {
    self.conversations = conversations
    self.unparsed = unparsed
    self.endTalks = endTalks
  }

  /// - Parameters:
  ///   - webhook: all of it was read, and it was signed.
  ///   - beginning: how it begins, for an operator where it cannot be read.
  public func callAsFunction(
    _ webhook: ConversationWebhookReader, beginning: [UInt8]
  ) async throws(TalkLedgerError) -> ConversationWebhookResult {
    switch webhook.content {
    case .unreadable:
      try await unparsed.keepUnparsed(beginning)
      return .unparsed
    case .nothing: return .dropped
    case .call(let id, let status, let seconds, let told):
      let state = status.map { ConversationState(rawValue: $0) }
      if case .some(let state) = state, state?.isHungUp != true { return .dropped }
      // First of all, since its minutes burn. Where Redis is away, the look that is due as long as a talk of a known
      // duration is not settled does it.
      let ended = try await endTalks(id)
      // A call that is not over has no duration yet.
      guard state.map({ $0?.isOver == true }) ?? true, let seconds else {
        guard let ended else { throw .unavailable }
        return ended.isEmpty ? .dropped : .ended
      }
      let reported = ReportedDuration(duration: TalkTime(callSeconds: seconds), told: told.flatMap(Self.moment))
      return try await conversations.reconcile(id, reported: reported).map { .reconciled($0) } ?? .dropped
    }
  }

  /// Nil beyond the year 2100: it is no moment of a call.
  private static func moment(_ seconds: Double) -> Date? {
    (0...4_102_444_800).contains(seconds) ? Date(timeIntervalSince1970: seconds) : nil
  }
}

extension TalkTime {
  /// Seconds as the provider counts a call's; none is longer than a day.
  public init(callSeconds seconds: Double) {
    self = .milliseconds(Int64(clamping: min(max(0, seconds), 86_400) * 1_000))
  }
}
