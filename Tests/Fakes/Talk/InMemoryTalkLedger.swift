import Application
import Domain
import FoundationEssentials
import Synchronization

/// The history of talks and their holds, in memory over the pure wallet. A step that is refused changes nothing.
public final class InMemoryTalkLedger: TalkLedger, TalkHistory, TalkProofReader, TalkProviderIDReader,
  OperatorTalkActionLog,
  AccountStatusReader
{
  public enum Step: Sendable {
    case wallet, open, hold, settle, record, history, unsettled, overdue, extend, conversations, close, reconcile,
      announceReport,
      claimDue,
      reschedule, isTalkedOn, unsettledTalks, proof, names, note, account, interruptedTalk
  }

  let state = Mutex(TalkLedgerState())

  public init() {}

  public func wallet(of user: UserID) async throws(TalkLedgerError) -> WalletStanding {
    try await step(.wallet) { state in state.wallet(user) }
  }

  public func open(_ opening: NewTalk) async throws(TalkLedgerError) -> SliceGrant {
    try await step(.open) { state throws(TalkLedgerError) in
      if state.talks[opening.session] == nil {
        state.talks[opening.session] = TalkLedgerState.Talk(
          user: opening.user, conversation: opening.invitation.conversation, createdAt: state.now)
      }
      try state.refuseSettled(opening.session)
      if state.closedAccounts.contains(opening.user) { throw .accountClosed }
      if let refusal = state.wallet(opening.user).refusal { throw refusal }
      let grant = state.hold(1, opening.session, opening.user)
      guard grant.cumulative > .zero else { throw .insufficientTalkTime }
      state.note(opening)
      return grant
    }
  }

  public func hold(
    slice number: Int64, for session: SessionID, user: UserID, metered: TalkTime
  ) async throws(TalkLedgerError) -> SliceGrant {
    try await step(.hold) { state throws(TalkLedgerError) in
      try state.refuseSettled(session)
      if state.account(user).isFrozen { throw .frozen }
      let told = state.talks[session]?.metered ?? .zero
      state.talks[session]?.metered = max(told, metered)
      return state.hold(number, session, user)
    }
  }

  public func settle(_ settlement: TalkClosing) async throws(TalkLedgerError) -> SettledTalk {
    try await step(.settle) { state throws(TalkLedgerError) in try state.settle(settlement) }
  }

  public func record(of session: SessionID) async throws(TalkLedgerError) -> TalkRecord? {
    try await step(.record) { state in state.talks[session].map { state.record(session, $0) } }
  }

  public func history(
    of user: UserID, limit: Int, after: String?
  ) async throws(TalkLedgerError) -> (items: [TalkRecord], next: String?) {
    let records = try await step(.history) { state in state.history(of: user, limit: limit + 1, after: after) }
    let page = Array(records.prefix(limit))
    return (page, records.count > limit ? page.last?.session.text : nil)
  }

  public func unsettled(of user: UserID) async throws(TalkLedgerError) -> [UnsettledTalk] {
    try await step(.unsettled) { state in
      state.talks.filter { $1.user == user && $1.settled == nil }.map { UnsettledTalk($0, $1) }
    }
  }

  public func overdue(limit: Int) async throws(TalkLedgerError) -> [UnsettledTalk] {
    try await step(.overdue) { state in
      let late = Set(state.holds.filter { $0.isOpen && $0.expiresAt < state.now }.map(\.session))
      let talks = late.compactMap { session in state.talks[session].map { (session, $0) } }
      return talks.filter { $1.settled == nil }.prefix(limit).map { UnsettledTalk($0, $1) }
    }
  }

  public func extend(_ session: SessionID) async throws(TalkLedgerError) {
    try await step(.extend) { state in state.extendHolds(of: session) }
  }

  public func proof(of session: SessionID) async throws(TalkLedgerError) -> TalkProof? {
    try await step(.proof) { state in state.proof(of: session) }
  }

  public func names(of sessions: [SessionID]) async throws(TalkLedgerError) -> [SessionID: TalkProviderIDs] {
    try await step(.names) { state in
      var names: [SessionID: TalkProviderIDs] = [:]
      for session in sessions {
        guard let talk = state.talks[session] else { continue }
        let agent = state.conversations.first { $0.id == talk.conversation }?.agent ?? ""
        names[session] = TalkProviderIDs(agent: agent, conversation: talk.conversation)
      }
      return names
    }
  }

  public func isDisabled(_ user: UserID) async throws(TalkLedgerError) -> Bool {
    try await step(.account) { state in state.closedAccounts.contains(user) }
  }

  public func note(_ action: OperatorTalkAction) async throws(TalkLedgerError) {
    try await step(.note) { state in state.actions.append(action) }
  }

  /// Runs one transaction: an error rolls it back.
  func step<T: Sendable>(
    _ step: Step, _ body: @Sendable (inout TalkLedgerState) throws(TalkLedgerError) -> T
  ) async throws(TalkLedgerError) -> T {
    let mishap = state.withLock { $0.mishaps[step] }
    if mishap == .hangs { try? await Task.sleep(for: .seconds(3_600)) }
    if mishap == .hangsOn {
      state.withLock { $0.hanging += 1 }
      await Mishap.hangOn { state.withLock { $0.mishaps[step] == .hangsOn } }
      state.withLock { $0.hanging -= 1 }
    }
    if mishap == .hangs || mishap == .hangsOn || mishap == .fails { throw .unavailable }
    let answer = try state.withLock { state throws(TalkLedgerError) in
      var next = state
      next.now += 0.001
      let answer = try body(&next)
      state = next
      return answer
    }
    if mishap == .losesAnswer { throw .unavailable }
    return answer
  }
}

extension UnsettledTalk {
  init(_ session: SessionID, _ talk: TalkLedgerState.Talk) {
    self.init(session: session, user: talk.user, metered: talk.metered)
  }
}
