import Domain

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
  ///   - notification: what was read of a whole webhook that was signed.
  ///   - beginning: how it begins, for an operator where it cannot be read.
  public func callAsFunction(
    _ notification: ConversationNotification, beginning: [UInt8]
  ) async throws(TalkLedgerError) -> ConversationWebhookResult {
    switch notification {
    case .unreadable:
      try await unparsed.keepUnparsed(beginning)
      return .unparsed
    case .nothing: return .dropped
    case .call(let call): return try await take(call)
    }
  }

  private func take(_ call: ConversationNotification.Call) async throws(TalkLedgerError) -> ConversationWebhookResult {
    if let state = call.state, !state.isHungUp { return .dropped }
    // First of all, since its minutes burn. Where Redis is away, the look that is due as long as a talk of a known
    // duration is not settled does it.
    let ended = try await endTalks(call.id)
    // A call that is not over has no duration yet.
    guard call.state?.isOver ?? true, let duration = call.duration else {
      guard let ended else { throw .unavailable }
      return ended.isEmpty ? .dropped : .ended
    }
    let reported = ReportedDuration(duration: duration, told: call.told)
    return try await conversations.reconcile(call.id, reported: reported).map { .reconciled($0) } ?? .dropped
  }
}
