import Application
import Domain
import FoundationEssentials

/// The conversations, and the adjustments of their durations.
extension TalkLedgerState {
  mutating func note(_ opening: NewTalk) {
    let invitation = opening.invitation
    if let index = conversations.firstIndex(where: { $0.id == invitation.conversation }) {
      conversations[index].checkAt = conversations[index].closedAt == nil ? nil : now
      return
    }
    conversations.append(
      Invited(
        id: invitation.conversation, user: opening.user, agent: opening.agent, key: invitation.key, invitedAt: now))
  }

  func openConversations(of user: UserID) -> [UnendedConversation] {
    conversations.filter { $0.user == user && $0.closedAt == nil }.map(unended)
  }

  func interruptedTalk(_ session: SessionID, of user: UserID) -> InterruptedTalk? {
    guard let talk = talks[session], talk.user == user, let ending = ending(of: talk),
      let conversation = conversations.first(where: { $0.id == talk.conversation && $0.closedAt == nil })
    else { return nil }
    let beaten = talks.values.filter { $0.conversation == conversation.id && $0.hadBeats }
    guard talk.hadBeats, !beaten.contains(where: { $0.createdAt > talk.createdAt }) else { return nil }
    let first = beaten.map(\.createdAt).min() ?? now
    let lasted = TalkTime.milliseconds(Int64((now.timeIntervalSince(first) * 1_000).rounded()))
    let metered = beaten.compactMap { $0.settled.map { $0.settlement.charge + $0.settlement.forgiven } }
    return InterruptedTalk(
      conversation: unended(conversation), ending: ending, unmetered: max(.zero, lasted - metered.reduce(.zero, +)))
  }

  private func unended(_ invited: Invited) -> UnendedConversation {
    UnendedConversation(
      id: invited.id, agent: invited.agent, key: invited.key, age: age(invited), wasOpened: invited.wasOpened)
  }

  private func ending(of talk: Talk) -> TalkEnding? {
    talk.settled.map { TalkEnding(reason: $0.settlement.reason, age: time(since: $0.at)) }
  }

  private func lastEnding(of conversation: String) -> TalkEnding? {
    talks.values.filter { $0.conversation == conversation && $0.hadBeats }.compactMap(ending).min { $0.age < $1.age }
  }

  mutating func close(_ id: String) {
    guard let index = conversations.firstIndex(where: { $0.id == id && $0.duration == nil }) else { return }
    conversations[index].closedAt = conversations[index].closedAt ?? now
    conversations[index].checkAt = nil
  }

  mutating func claimDue(_ limit: Int) -> [DueConversation] {
    let due = conversations.indices.filter { conversations[$0].checkAt.map { $0 <= now } == true }
    return due.sorted { conversations[$0].checkAt ?? now < conversations[$1].checkAt ?? now }.prefix(limit).map {
      index in
      conversations[index].looks += 1
      conversations[index].checkAt = now + DurationCheckSchedule.claim.seconds
      let taken = conversations[index]
      return DueConversation(
        id: taken.id, age: age(taken), looks: taken.looks, wasOpened: taken.wasOpened,
        isTalkedOn: isTalkedOn(taken.id), duration: taken.duration, lastEnding: lastEnding(of: taken.id))
    }
  }

  mutating func reschedule(at due: DueConversation, in pause: Duration?, opened: Bool) {
    guard
      let index = conversations.firstIndex(where: { $0.id == due.id && $0.looks == due.looks && $0.checkAt != nil })
    else { return }
    conversations[index].checkAt = pause.map { now + $0.seconds }
    if opened { conversations[index].wasOpened = true }
  }

  func isTalkedOn(_ id: String) -> Bool { talks.values.contains { $0.conversation == id && $0.settled == nil } }

  mutating func reconcile(_ id: String, _ reported: ReportedDuration?) -> ConversationReconciliationResult? {
    guard let index = conversations.firstIndex(where: { $0.id == id }) else { return nil }
    let this = conversations[index]
    let day = DurationReconciliation.day(of: this.invitedAt)
    let beside = conversations.indices.filter {
      $0 != index && conversations[$0].user == this.user && day.contains(conversations[$0].invitedAt)
    }
    let settlements = talks.values.filter { $0.conversation == id }.map { $0.settled?.settlement }
    let settled = settlements.compactMap(\.self)
    var (aggregate, others) = (this.aggregate, beside.map { conversations[$0].aggregate })
    let result = aggregate.apply(
      reported,
      talks: ConversationTalkTotals(
        unsettled: settlements.count - settled.count, charged: settled.map(\.charge).reduce(.zero, +),
        forgiven: settled.map(\.forgiven).reduce(.zero, +), lost: settled.count { $0.reason == .lost }),
      beside: &others)
    for (index, aggregate) in zip([index] + beside, [aggregate] + others) { keep(aggregate, at: index) }
    return result
  }

  private mutating func keep(_ aggregate: ConversationReconciliation, at index: Int) {
    for step in aggregate.steps { apply(step, of: conversations[index].user) }
    conversations[index].duration = aggregate.duration
    conversations[index].told = aggregate.told
    if aggregate.isClosed { conversations[index].closedAt = conversations[index].closedAt ?? now }
    conversations[index].wasOpened = aggregate.wasOpened
    conversations[index].adjusted = aggregate.adjusted
    conversations[index].adjustments = aggregate.adjustments
    conversations[index].tolerated = aggregate.tolerated
    if aggregate.isReconciled { conversations[index].isReconciled = true }
    switch aggregate.look {
    case .asBefore: break
    case .never: conversations[index].checkAt = nil
    case .after(let pause): conversations[index].checkAt = now + pause.seconds
    }
  }

  /// A conversation changes a wallet by adjustments only.
  private mutating func apply(_ step: LedgerInstruction, of user: UserID) {
    switch step {
    case .credit(let time, let kind, let reference, _): write(user, kind.rawValue, reference) { $0.credit(time) }
    case .debit(let time, let kind, let reference, _): write(user, kind.rawValue, reference) { $0.debit(time) }
    case .giveBack, .hold, .settle, .freeze, .thaw: break
    }
  }

  private func age(_ invited: Invited) -> Duration { time(since: invited.invitedAt) }

  private func time(since moment: Date) -> Duration {
    .milliseconds(Int64((now.timeIntervalSince(moment) * 1_000).rounded()))
  }
}

extension TalkLedgerState.Talk {
  fileprivate var hadBeats: Bool { (settled?.settlement.beats ?? 0) > 0 }
}

extension TalkLedgerState.Invited {
  fileprivate var aggregate: ConversationReconciliation {
    ConversationReconciliation(
      id: id, invitedAt: invitedAt, duration: duration, told: told, isClosed: closedAt != nil, wasOpened: wasOpened,
      adjusted: adjusted, adjustments: adjustments, tolerated: tolerated)
  }
}
