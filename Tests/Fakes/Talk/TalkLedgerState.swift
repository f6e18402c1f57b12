import Application
import Domain
import FoundationEssentials

/// The tables: wallets, holds, talks, conversations.
struct TalkLedgerState: Sendable {
  struct Account: Sendable {
    var wallet = Wallet.empty
    var version: Int64 = 0
    var isFrozen = false
  }

  struct Hold: Sendable {
    let session: SessionID
    let slice: Int64
    let amount: TalkTime
    var expiresAt: Date
    var isOpen = true
  }

  struct Talk: Sendable {
    let user: UserID
    /// Nil for a talk that was settled before its first hold came.
    let conversation: String?
    let createdAt: Date
    var metered = TalkTime.zero
    var settled: (at: Date, settlement: TalkClosing, balance: TalkTime)?

    func record(_ session: SessionID, _ invited: Invited?, isLast: Bool) -> TalkRecord {
      TalkRecord(
        session: session, user: user, conversation: conversation, isEnded: settled != nil,
        charged: settled?.settlement.charge ?? metered, endReason: settled?.settlement.reason, createdAt: createdAt,
        settledAt: settled?.at, conversationDuration: invited?.duration,
        adjusted: invited?.isReconciled == true ? invited?.adjusted : nil, isLastOfConversation: isLast)
    }
  }

  struct Invited: Sendable {
    let id: String
    let user: UserID
    let agent: String
    let key: VoiceInvitation.Key
    let invitedAt: Date
    var closedAt: Date?
    var duration: TalkTime?
    var told: Date?
    var wasOpened = false
    var checkAt: Date?
    var looks = 0
    var adjusted = TalkTime.zero
    var adjustments = 0
    var isReconciled = false
    var tolerated = TalkTime.zero
  }

  /// Every write takes a millisecond, so that no two rows have the same age.
  var now = Date(timeIntervalSince1970: 1_700_000_000)
  var accounts: [UserID: Account] = [:]
  var holds: [Hold] = []
  var talks: [SessionID: Talk] = [:]
  var conversations: [Invited] = []
  /// Those whose report was told.
  var announced: [String] = []
  var entries: [(user: UserID, entry: TalkProof.Entry)] = []
  var closedAccounts: Set<UserID> = []
  var actions: [OperatorTalkAction] = []
  var mishaps: [InMemoryTalkLedger.Step: Mishap] = [:]
  /// The number of steps that hang at the moment.
  var hanging = 0

  func account(_ user: UserID) -> Account { accounts[user] ?? Account() }

  func wallet(_ user: UserID) -> WalletStanding {
    let account = account(user)
    return WalletStanding(
      available: account.wallet.available, owed: account.wallet.owed, version: account.version,
      isFrozen: account.isFrozen)
  }

  /// Every write that moves talk time makes a new version.
  mutating func write(
    _ user: UserID, _ kind: String = "grant", _ reference: String = "test", _ body: (inout Wallet) -> Wallet.Change
  ) {
    var account = account(user)
    let change = body(&account.wallet)
    if !change.isNothing {
      account.version += 1
      entries.append(
        (
          user,
          TalkProof.Entry(
            kind: kind, reference: reference, change: change, walletVersion: account.version, at: now)
        ))
    }
    accounts[user] = account
  }

  func refuseSettled(_ session: SessionID) throws(TalkLedgerError) {
    guard let talk = talks[session], talk.settled == nil else { throw .settledAlready }
  }

  /// Holds a slice once. With an empty wallet nothing is written.
  mutating func hold(_ number: Int64, _ session: SessionID, _ user: UserID) -> SliceGrant {
    var amount = holds.first { $0.session == session && $0.slice == number }?.amount
    if amount == nil {
      var taken = TalkTime.zero
      write(user, "hold", "session:\(session):slice:\(number)") { wallet in
        let held = wallet.hold(upTo: SliceGrant.length)
        taken = held.amount
        return held.change
      }
      if taken > .zero {
        extendHolds(of: session)
        holds.append(Hold(session: session, slice: number, amount: taken, expiresAt: expiry))
        amount = taken
      }
    }
    let account = account(user)
    return SliceGrant(
      slice: number, held: amount ?? .zero,
      cumulative: holds.filter { $0.session == session }.reduce(.zero) { $0 + $1.amount }, wallet: account.wallet,
      version: account.version)
  }

  private var expiry: Date { HoldLifetime.ofTalk.duration.map { now + $0.seconds } ?? .distantFuture }

  mutating func extendHolds(of session: SessionID) {
    for index in holds.indices where holds[index].session == session && holds[index].isOpen {
      holds[index].expiresAt = expiry
    }
  }

  mutating func settle(_ settlement: TalkClosing) throws(TalkLedgerError) -> SettledTalk {
    let session = settlement.session
    var talk = talks[session] ?? Talk(user: settlement.user, conversation: nil, createdAt: now)
    guard talk.user == settlement.user else { throw .refused }
    if let (_, before, balance) = talk.settled {
      return SettledTalk(charged: before.charge, balance: balance, reason: before.reason, wasSettled: true)
    }
    var total = TalkTime.zero
    for index in holds.indices where holds[index].session == session && holds[index].isOpen {
      holds[index].isOpen = false
      total += holds[index].amount
    }
    write(settlement.user, "settlement", "session:\(session):settlement") {
      $0.settle(charge: settlement.charge, holds: total)
    }
    let balance = account(settlement.user).wallet.balance
    talk.settled = (now, settlement, balance)
    talk.metered = settlement.charge
    talks[session] = talk
    if let index = conversations.firstIndex(where: { $0.id == talk.conversation }) {
      (conversations[index].checkAt, conversations[index].looks) = (now, 0)
    }
    return SettledTalk(
      charged: settlement.charge, balance: balance, reason: settlement.reason, wasSettled: false)
  }

  /// The newest talk comes first. A cursor of another user finds nothing.
  func history(of user: UserID, limit: Int, after: String?) -> [TalkRecord] {
    let all = talks.filter { $1.user == user && $1.conversation != nil }.map { record($0, $1) }
      .sorted { ($1.createdAt, $1.session.text) < ($0.createdAt, $0.session.text) }
    guard let after else { return Array(all.prefix(limit)) }
    guard let cursor = SessionID(after).flatMap({ talks[$0] }), cursor.user == user else { return [] }
    return Array(all.filter { ($0.createdAt, $0.session.text) < (cursor.createdAt, after) }.prefix(limit))
  }

  func proof(of session: SessionID) -> TalkProof? {
    guard let talk = talks[session] else { return nil }
    let conversation = conversations.first { $0.id == talk.conversation }
    let mine = entries.filter { $0.user == talk.user && $0.entry.at >= talk.createdAt }.map(\.entry)
    func isOwn(_ entry: TalkProof.Entry) -> Bool {
      entry.reference.hasPrefix("session:\(session):")
        || talk.conversation.map { entry.reference.contains("conversation:\($0):") } == true
    }
    let others = mine.filter { !isOwn($0) && $0.at <= talk.settled?.at ?? .distantFuture }
    return TalkProof(
      record: record(session, talk), agent: conversation?.agent ?? "",
      forgiven: talk.settled?.settlement.forgiven ?? .zero, beats: talk.settled?.settlement.beats ?? 0,
      trace: talk.settled?.settlement.trace, entries: mine.filter(isOwn),
      walletChanges: others.map(TalkProof.WalletChange.init))
  }

  func record(_ session: SessionID, _ talk: Talk) -> TalkRecord {
    let isFollowed =
      talk.conversation != nil
      && talks.contains { other, later in
        later.conversation == talk.conversation
          && (later.createdAt, other.text) > (talk.createdAt, session.text)
      }
    return talk.record(session, conversations.first { $0.id == talk.conversation }, isLast: !isFollowed)
  }
}
