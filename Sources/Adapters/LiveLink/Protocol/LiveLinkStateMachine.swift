import Application
import Domain
import TalkJSON

/// What the link's handler must do.
enum LinkEffect: Equatable, Sendable {
  case join(token: String)
  case beat(seq: Int64?)
  case end
  case say(LinkServerMessage)
  /// Sends the last message, if there is one, and then the close frame. Nothing is sent after it.
  case close(LinkClose, after: LinkServerMessage? = nil)
}

/// The rules of one link. Each input returns at most one effect. The type has no socket and no clock.
struct LiveLinkStateMachine {
  private enum Phase {
    /// No bearer has been admitted yet.
    case waiting
    case joining
    case open
    /// The client has requested the talk's end.
    case ending
    case closed
  }

  private var phase = Phase.waiting
  private var unanswered = 0
  private var remaining = TalkTime.zero
  /// Requests that arrived between the first token and its verification.
  private var early: [LinkClientMessage] = []
  private let limits: LinkFrameLimits
  private static let mostEarly = 16

  init(limits: LinkFrameLimits) { self.limits = limits }

  /// Whether the link waits for a valid token.
  var isWaiting: Bool { phase == .waiting }
  var isClosed: Bool { phase == .closed }

  mutating func close(_ close: LinkClose, after word: LinkServerMessage? = nil) -> LinkEffect? {
    if phase == .closed { return nil }
    phase = .closed
    early = []
    return .close(close, after: word)
  }

  // MARK: from the client

  mutating func heard(_ request: LinkClientMessage) -> LinkEffect? {
    switch (phase, request) {
    case (.closed, _): return nil
    case (.waiting, .authenticate(let token)):
      phase = .joining
      return .join(token: token)
    case (.waiting, _): return close(.badToken)
    case (.joining, _):
      early.append(request)
      return early.count > Self.mostEarly ? close(.tooFast) : nil
    case (_, .authenticate(let token)): return .join(token: token)
    case (_, .heartbeat(let seq)):
      unanswered += 1
      return unanswered > limits.unanswered ? close(.tooFast) : .beat(seq: seq)
    case (.open, .end):
      phase = .ending
      return .end
    case (.ending, .end): return nil
    }
  }

  /// The requests that arrived too early, one by one, once a bearer is admitted.
  mutating func nextEarly() -> LinkClientMessage? { phase == .open && !early.isEmpty ? early.removeFirst() : nil }

  // MARK: from the service

  mutating func refused(_ error: SubscribeToTalkError) -> LinkEffect? {
    switch error {
    case .invalidToken: return close(.badToken)
    case .tokenExpired: return close(.expiredToken)
    case .notFound: return close(.notYours)
    case .leaving: return close(.leaving)
    case .unavailable:
      if phase == .closed { return nil }
      if phase == .joining {
        phase = .waiting
        early = []
      }
      return .say(.unavailable(.authenticate))
    }
  }

  /// - Parameter isFirst: whether this is the first event after a token; it then serves as the response to the token.
  mutating func noticed(_ event: TalkSubscriptionEvent, isFirst: Bool) -> LinkEffect? {
    switch event {
    case .change(let change): return changed(change, isFirst: isFirst)
    case .quiet: return nil
    case .revoked: return close(.badToken)
    case .lagging: return close(.lagging)
    case .replaced: return close(.replaced)
    case .leaving: return close(.leaving)
    }
  }

  private mutating func changed(_ change: TalkUpdate, isFirst: Bool) -> LinkEffect? {
    if phase == .closed { return nil }
    remaining = change.remaining
    if change.state == .ended {
      // A client that requested the end is informed when the settlement is in the ledger.
      return phase == .ending ? nil : close(.ended, after: .ended(TalkEndNotice(change)))
    }
    if isFirst {
      if phase == .joining { phase = .open }
      return .say(.ready(change))
    }
    switch change.kind {
    case .low: return .say(.low(change))
    case .toppedUp: return .say(.toppedUp(change))
    case .remaining, .ended, .carePlan: return nil
    }
  }

  mutating func answered(_ result: Result<HeartbeatResult, LiveTalkError>) -> LinkEffect? {
    unanswered -= 1
    if phase == .closed { return nil }
    switch result {
    case .success(.accepted(let talk)):
      remaining = talk.remaining
      return .say(.heartbeat(talk))
    case .success(.ended(let talk)):
      return phase == .ending ? nil : close(.ended, after: .ended(TalkEndNotice(talk)))
    case .success(.limited): return close(.tooFast)
    case .success(.notFound): return close(.notYours)
    case .success(.revoked): return close(.badToken)
    case .success(.unknowable), .failure: return .say(.unavailable(.heartbeat))
    }
  }

  mutating func ended(_ result: Result<EndedTalk, EndTalkError>) -> LinkEffect? {
    if phase == .closed { return nil }
    switch result {
    case .success(let talk): return close(.ended, after: .ended(TalkEndNotice(talk, remaining: remaining)))
    case .failure(.notFound): return close(.notYours)
    case .failure(.unavailable):
      phase = .open
      return .say(.unavailable(.end))
    }
  }
}
