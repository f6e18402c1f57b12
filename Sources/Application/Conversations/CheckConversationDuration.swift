import Domain

/// The outcome of a duration check.
public enum DurationCheckOutcome: Sendable, Equatable {
  /// The conversation goes on, or may still begin, or the provider has not computed its duration yet.
  case waiting
  /// A talk of the conversation goes on.
  case talkedOn
  /// The conversation went on without a talk, and the provider was asked to end it.
  case endedFromOutside
  /// The conversation went on without a talk, and could not be ended.
  case beyondControl
  case neverBegan
  /// The provider reports a duration that no call can have. It is asked again.
  case impossibleDuration
  case reconciled(ConversationReconciliationResult)
  /// The duration will never be known.
  case givenUp
  case unanswered(VoiceAgentError)
}

/// Asks the provider about a conversation, until its duration is known or the conversation can no longer begin.
public struct CheckConversationDuration: Sendable {
  private let agents: any ConversationReader
  private let conversations: any ConversationRepository
  private let queue: any DurationCheckQueue
  private let control: (any ConversationTerminator)?
  private let endTalks: EndTalksOfFinishedConversation
  private let schedule: DurationCheckSchedule

  /// - Parameter control: nil if the provider's plan does not allow a call to be ended from outside.
  public init(
    agents: any ConversationReader, conversations: any ConversationRepository, queue: any DurationCheckQueue,
    control: (any ConversationTerminator)?, endTalks: EndTalksOfFinishedConversation
  ) {
    self.agents = agents
    self.conversations = conversations
    self.queue = queue
    self.control = control
    self.endTalks = endTalks
    schedule = control == nil ? .patient : .watchful
  }

  public func callAsFunction(_ due: DueConversation) async throws(TalkLedgerError) -> DurationCheckOutcome {
    if due.isTalkedOn {
      // The conversation is over, but the receiver of that report could not end its talk. The settlement makes the
      // check due at once.
      let isOver = due.duration != nil
      if isOver { _ = try await endTalks(due.id) }
      try await queue.reschedule(at: due, in: isOver ? schedule.pause(after: due.looks) : nil, opened: false)
      return .talkedOn
    }
    if due.duration != nil { return try await reconcile(due.id, nil) }
    let found: Conversation?
    do throws(VoiceAgentError) {
      found = try await agents.conversation(due.id)
    } catch {
      return try await later(due, .unanswered(error))
    }
    switch found?.state {
    case nil where !due.wasOpened && due.age >= DurationCheckSchedule.openable:
      try await conversations.close(due.id)
      return .neverBegan
    case .initiated where due.age >= DurationCheckSchedule.openable: return try await reconcile(due.id, .zero)
    case nil, .initiated: return try await later(due, .waiting)
    case .inProgress:
      // Whoever was cut may continue in the conversation for a while. Only then it is ended.
      if control != nil, let left = due.lastEnding?.continuableFor {
        return try await later(due, .waiting, within: left, opened: true)
      }
      return try await later(due, await end(due.id), opened: true)
    case .processing: return try await later(due, .waiting, opened: true)
    case .done, .failed:
      guard let lasted = found?.duration else {
        let isImpossible = found?.hasImpossibleDuration ?? false
        return try await later(due, isImpossible ? .impossibleDuration : .waiting, opened: true)
      }
      return try await reconcile(due.id, lasted)
    }
  }

  private func reconcile(_ id: String, _ duration: TalkTime?) async throws(TalkLedgerError) -> DurationCheckOutcome {
    let reported = duration.map { ReportedDuration(duration: $0) }
    return try await conversations.reconcile(id, reported: reported).map { .reconciled($0) } ?? .neverBegan
  }

  private func later(
    _ due: DueConversation, _ outcome: DurationCheckOutcome, within longest: Duration? = nil, opened: Bool = false
  ) async throws(TalkLedgerError) -> DurationCheckOutcome {
    if due.age >= DurationCheckSchedule.patience {
      try await conversations.close(due.id)
      return .givenUp
    }
    let pause = schedule.pause(after: due.looks)
    try await queue.reschedule(at: due, in: longest.map { min($0, pause) } ?? pause, opened: opened)
    return outcome
  }

  /// Ends the conversation unless a talk of it goes on. That is checked again first: the same URL may have been given
  /// out again meanwhile, and its talk is left alone.
  private func end(_ id: String) async -> DurationCheckOutcome {
    guard let control else { return .waiting }
    do {
      if try await queue.isTalkedOn(id) { return .talkedOn }
      try await control.end(id)
      return .endedFromOutside
    } catch {
      return .beyondControl
    }
  }
}
