import Domain

public enum ConversationWebhookResult: Sendable, Equatable {
  case reconciled(ConversationReconciliationResult)
  /// The conversation's talks are over. Its duration is not reported.
  case ended
  /// The report says a duration that no call can have. Nothing is charged for it, and the provider is asked.
  case impossibleDuration
  /// The conversation is not ours, or the report has no duration.
  case dropped
  case unparsed
}

/// Handles the provider's report after a call. The report says that the conversation is over, which ends a talk that
/// still beats, and how long it was. A repeated report has no second effect. If no report arrives, the provider is
/// asked.
public struct HandleConversationWebhook: Sendable {
  private let conversations: any ConversationRepository
  private let unparsed: any UnparsedConversationWebhookStore
  private let endTalks: EndTalksOfFinishedConversation

  public init(
    conversations: any ConversationRepository, unparsed: any UnparsedConversationWebhookStore,
    endTalks: EndTalksOfFinishedConversation
  ) {
    self.conversations = conversations
    self.unparsed = unparsed
    self.endTalks = endTalks
  }

  /// - Parameters:
  ///   - notification: what was read from a complete and signed webhook.
  ///   - beginning: the beginning of the body, stored for an operator if it cannot be read.
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
    // The talks are ended first, since they use up talk time. If Redis is unavailable, a duration check ends them: it
    // stays due as long as a talk of a known duration is not settled.
    let ended = try await endTalks(call.id)
    // A call that is not over has no duration yet.
    guard call.state?.isOver ?? true, let duration = call.duration else {
      guard let ended else { throw .unavailable }
      // A fault in the report of somebody else's call is no matter of ours.
      if call.hasImpossibleDuration, try await conversations.isOurs(call.id) { return .impossibleDuration }
      return ended.isEmpty ? .dropped : .ended
    }
    let reported = ReportedDuration(duration: duration, told: call.told)
    guard let result = try await conversations.reconcile(call.id, reported: reported) else { return .dropped }
    // Also at a repeat: a report that was reconciled and not told comes again.
    try await conversations.announceReport(of: call.id)
    return .reconciled(result)
  }
}
