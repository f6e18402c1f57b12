import Domain

public enum StartTalkError: StableError, Equatable {
  case alreadyLive
  /// ElevenLabs reports that an earlier call of this user still goes on.
  case previousCallOpen
  /// A call that was offered before can still begin, but it does not match this request.
  case previousCallOffered(OfferedConversation)
  case insufficientTalkTime
  case balanceOwed
  case frozen
  /// ElevenLabs cannot be reached: nothing was held.
  case agentUnavailable
  /// The maximum number of talks is live.
  case allAgentsBusy
  case unavailable
  /// The reservation expired meanwhile; nothing was held.
  case expired
  /// The talk that was to be continued was not cut within the last minute, or its conversation is over.
  case cannotContinue
  /// The account is closed or disabled.
  case accountClosed

  public var code: String {
    switch self {
    case .alreadyLive: "session_already_live"
    case .previousCallOpen, .previousCallOffered: "previous_call_open"
    case .insufficientTalkTime: "insufficient_talktime"
    case .balanceOwed: "balance_owed"
    case .frozen: "wallet_frozen"
    case .agentUnavailable: "agent_unavailable"
    case .allAgentsBusy: "all_agents_busy"
    case .unavailable: "talks_unavailable"
    case .expired: "start_expired"
    case .cannotContinue: "cannot_continue"
    case .accountClosed: "account_disabled"
    }
  }

  init(_ error: TalkLedgerError) {
    switch error {
    case .unavailable, .refused: self = .unavailable
    case .accountClosed: self = .accountClosed
    case .insufficientTalkTime: self = .insufficientTalkTime
    case .balanceOwed: self = .balanceOwed
    case .frozen: self = .frozen
    case .settledAlready: self = .expired
    }
  }
}

public struct StartedTalk: Sendable {
  public let id: SessionID
  /// For a talk that continues another one, how that one was opened.
  public let invitation: VoiceInvitation
  /// Whether the talk goes on in a conversation that is open already, so that there is nothing to open.
  public let isContinuation: Bool
  public let remaining: TalkTime
}

/// Reserves the user's slot, settles what is left of earlier talks, gets a URL, and holds the first slice. A talk that
/// continues one that was cut needs no URL: it goes on in the same conversation. A failure leaves nothing held. If the process is killed in the middle, the talk ends by its deadline and nothing is charged.
public struct StartTalk: Sendable {
  private let live: any LiveTalkStore & LiveTalkIndex
  private let ledger: any TalkLedger
  private let history: any TalkHistory
  private let invite: GetConversationURL
  private let interrupted: FindInterruptedConversation
  private let random: any RandomSource
  private let settle: SettleTalk
  private let most: Int?

  /// - Parameter most: the most talks at once over all users; nil for no limit.
  public init(
    live: any LiveTalkStore & LiveTalkIndex, ledger: any TalkLedger, history: any TalkHistory,
    invite: GetConversationURL, interrupted: FindInterruptedConversation,
    random: any RandomSource,
    settle: SettleTalk, most: Int? = nil
  ) {
    self.live = live
    self.ledger = ledger
    self.history = history
    self.invite = invite
    self.interrupted = interrupted
    self.random = random
    self.settle = settle
    self.most = most
  }

  /// - Parameter earlier: the talk to continue. Its conversation keeps its agent and its connection.
  public func callAsFunction(
    user: UserID, wish: ConversationRequest, takeOver: Bool, continuing earlier: SessionID? = nil
  ) async throws(StartTalkError) -> StartedTalk {
    // Before the reservation, which may end another talk.
    var continued: InterruptedTalk?
    if let earlier { continued = try await interrupted(earlier, of: user) }
    // Somebody who talks on without beats must not run into a debt by one continuation after the other.
    let session = try await reserve(user, takeOver, beyond: continued?.unmetered ?? .zero)
    do throws(StartTalkError) {
      let available = try await clear(user, except: session)
      guard available > .zero else { throw .insufficientTalkTime }
      let invitation: VoiceInvitation
      if let continued {
        invitation = VoiceInvitation(key: continued.conversation.key, conversation: continued.conversation.id)
      } else {
        invitation = try await invite(user: user, wish: wish)
      }
      let talk = try await open(
        NewTalk(
          session: session, user: user, agent: continued?.conversation.agent ?? wish.agent, invitation: invitation))
      return StartedTalk(
        id: session, invitation: invitation, isContinuation: continued != nil, remaining: talk.remaining)
    } catch {
      try? await live.drop(session)
      throw error
    }
  }

  /// - Parameter used: talk time that is used already, and not charged yet.
  private func reserve(
    _ user: UserID, _ takeOver: Bool, beyond used: TalkTime
  ) async throws(StartTalkError) -> SessionID {
    let wallet = try await wallet(user)
    if used > .zero, wallet.available <= used { throw .insufficientTalkTime }
    guard let session = SessionID(shard: Shard(of: user), random: random.bytes(16)) else { throw .unavailable }
    do {
      let answer = try await live.reserve(
        LiveTalkReservation(
          session: session, user: user, available: wallet.available, walletVersion: wallet.version, takeOver: takeOver))
      if case .alreadyLive = answer { throw StartTalkError.alreadyLive }
      if answer == .reserved { try await refuseTooMany(session) }
      return session
    } catch let error as StartTalkError {
      throw error
    } catch {
      throw .unavailable
    }
  }

  /// The count includes the new talk, so that two starts at the same time cannot both be the last one. A user who took
  /// over their own talk has not added one.
  private func refuseTooMany(_ session: SessionID) async throws {
    guard let most else { return }
    do {
      if try await live.count() > most { throw StartTalkError.allAgentsBusy }
    } catch {
      try? await live.drop(session)
      throw error
    }
  }

  /// Settles what is left of the user's earlier talks, so that their holds are released.
  private func clear(_ user: UserID, except session: SessionID) async throws(StartTalkError) -> TalkTime {
    do throws(TalkLedgerError) {
      for talk in try await history.unsettled(of: user) where talk.session != session {
        try await settle.question(talk)
      }
    } catch {
      throw StartTalkError(error)
    }
    let wallet = try await wallet(user)
    if let refusal = wallet.refusal { throw StartTalkError(refusal) }
    return wallet.available
  }

  private func wallet(_ user: UserID) async throws(StartTalkError) -> WalletStanding {
    do throws(TalkLedgerError) { return try await ledger.wallet(of: user) } catch { throw StartTalkError(error) }
  }

  private func open(_ opening: NewTalk) async throws(StartTalkError) -> LiveTalk {
    let grant: SliceGrant
    do throws(TalkLedgerError) { grant = try await ledger.open(opening) } catch { throw StartTalkError(error) }
    do {
      guard let talk = try await live.note(grant, for: opening.session), talk.state != .ended else {
        throw StartTalkError.expired
      }
      return talk
    } catch {
      // The slice is held, but the talk will not start. If the stores cannot record that now, the hold's expiry leads
      // to a check.
      try? await live.drop(opening.session)
      try? await settle.question(UnsettledTalk(session: opening.session, user: opening.user, metered: .zero))
      throw error as? StartTalkError ?? .unavailable
    }
  }
}
