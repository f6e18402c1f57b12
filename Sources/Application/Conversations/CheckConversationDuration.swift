import Domain

/// What a look at a conversation came to.
public enum DurationCheckOutcome: Sendable, Equatable {
  /// It goes on, or may still begin, or is not reckoned by the provider yet.
  case waiting
  /// A talk of it goes on.
  case talkedOn
  /// It went on without a talk of ours, and was told to end.
  case endedFromOutside
  /// It went on without a talk of ours, and could not be ended.
  case beyondControl
  case neverBegan
  case reconciled(ReconciliationResult)
  /// Nobody will ever know how long it was.
  case givenUp
  case unanswered(VoiceAgentError)
}

/// Asks the provider about a conversation, until its duration is known or it can never begin.
public struct CheckConversationDuration: Sendable {
  private let agents: any ConversationReader
  private let conversations: any ConversationRepository
  private let queue: any DurationCheckQueue
  private let control: (any ConversationTerminator)?
  private let endTalks: EndAbandonedTalks
  private let schedule: DurationCheckSchedule

  /// - Parameter control: nil where the provider's plan lets nobody end a call from outside.
  public init(
    agents: any ConversationReader, conversations: any ConversationRepository, queue: any DurationCheckQueue,
    control: (any ConversationTerminator)?, endTalks: EndAbandonedTalks
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
      // It is over, and whoever heard so could not end its talk: the settlement makes it due at once.
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
    case .inProgress: return try await later(due, await end(due.id), opened: true)
    case .processing: return try await later(due, .waiting, opened: true)
    case .done, .failed:
      guard let lasted = found?.duration else { return try await later(due, .waiting, opened: true) }
      return try await reconcile(due.id, lasted)
    }
  }

  private func reconcile(_ id: String, _ duration: TalkTime?) async throws(TalkLedgerError) -> DurationCheckOutcome {
    let reported = duration.map { ReportedDuration(duration: $0) }
    return try await conversations.reconcile(id, reported: reported).map { .reconciled($0) } ?? .neverBegan
  }

  private func later(
    _ due: DueConversation, _ outcome: DurationCheckOutcome, opened: Bool = false
  ) async throws(TalkLedgerError) -> DurationCheckOutcome {
    if due.age >= DurationCheckSchedule.patience {
      try await conversations.close(due.id)
      return .givenUp
    }
    try await queue.reschedule(at: due, in: schedule.pause(after: due.looks), opened: opened)
    return outcome
  }

  /// Asked once more before: the same URL may have been given again meanwhile, and its talk is left alone.
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
