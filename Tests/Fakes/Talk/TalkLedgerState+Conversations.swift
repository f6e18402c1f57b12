import Application
import Domain
import FoundationEssentials

/// The conversations, and what their durations come to.
extension TalkLedgerState {
  mutating func note(_ opening: TalkOpening) {
    let invitation = opening.invitation
    if let index = conversations.firstIndex(where: { $0.id == invitation.conversation }) {
      if conversations[index].closedAt == nil { conversations[index].checkAt = nil }
      return
    }
    conversations.append(
      Invited(
        id: invitation.conversation, user: opening.user, agent: opening.agent, key: invitation.key, invitedAt: now))
  }

  func openConversations(of user: UserID) -> [OpenConversation] {
    conversations.filter { $0.user == user && $0.closedAt == nil }.map {
      OpenConversation(id: $0.id, agent: $0.agent, key: $0.key, age: age($0), wasOpened: $0.wasOpened)
    }
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
      conversations[index].checkAt = now + 30
      let taken = conversations[index]
      return DueConversation(
        id: taken.id, age: age(taken), looks: taken.looks, wasOpened: taken.wasOpened,
        isTalkedOn: isTalkedOn(taken.id), duration: taken.duration)
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

  mutating func reconcile(_ id: String, _ reported: ReportedDuration?) -> ReconciliationResult? {
    guard let index = conversations.firstIndex(where: { $0.id == id }) else { return nil }
    if let reported { note(reported, at: index) }
    guard let duration = conversations[index].duration else { return nil }
    conversations[index].checkAt = isTalkedOn(id) ? now + 5 : nil
    if isTalkedOn(id) { return .waiting }
    conversations[index].isReckoned = true
    let settlements = talks.values.filter { $0.conversation == id }.compactMap { $0.settled?.settlement }
    let found = Reconciliation(
      duration: duration, charged: settlements.reduce(.zero) { $0 + $1.charge },
      forgiven: settlements.reduce(.zero) {
        $0 + $1.forgiven + ($1.reason == .lost ? Reconciliation.lostSlice : .zero)
      },
      adjusted: conversations[index].adjusted)
    let beside = sameDay(as: index)
    switch found.verdict(day: beside.reduce(.zero) { $0 + conversations[$1].tolerated }) {
    case .tolerated:
      conversations[index].tolerated = found.difference
      return .tolerated(found.difference)
    case .adjusted: adjust(index, found.difference)
    case .adjustedWithTheDay:
      adjust(index, found.difference)
      for other in beside { adjust(other, conversations[other].tolerated) }
    }
    return .adjusted(found.difference)
  }

  private mutating func note(_ reported: ReportedDuration, at index: Int) {
    conversations[index].closedAt = conversations[index].closedAt ?? now
    if reported.duration > .zero { conversations[index].wasOpened = true }
    if let told = reported.told {
      if let last = conversations[index].told, last > told { return }
      conversations[index].told = told
    }
    conversations[index].duration = reported.duration
  }

  private func sameDay(as index: Int) -> [Int] {
    func day(_ date: Date) -> Int { Int(date.timeIntervalSince1970 / 86_400) }
    let this = conversations[index]
    return conversations.indices.filter {
      $0 != index && conversations[$0].user == this.user && day(conversations[$0].invitedAt) == day(this.invitedAt)
    }
  }

  private mutating func adjust(_ index: Int, _ difference: TalkTime) {
    conversations[index].adjustments += 1
    let reference = "conversation:\(conversations[index].id):\(conversations[index].adjustments)"
    write(conversations[index].user, "adjustment", reference) { wallet in
      difference > .zero ? wallet.debit(difference) : wallet.credit(-difference)
    }
    conversations[index].adjusted += difference
    conversations[index].tolerated = .zero
  }

  private func age(_ invited: Invited) -> Duration {
    .milliseconds(Int64((now.timeIntervalSince(invited.invitedAt) * 1_000).rounded()))
  }
}
