import Application
import Domain

/// What the server says in one text frame.
enum LinkReply: Equatable, Sendable {
  case ready(TalkChange)
  case heartbeat(LiveTalk)
  case low(TalkChange)
  case toppedUp(TalkChange)
  case ended(LinkEnd)
  /// What was asked for could not be done just now; the link stays.
  case unavailable(LinkAsked)
}

/// What was asked for in vain.
enum LinkAsked: String, Equatable, Sendable { case authenticate, heartbeat, end }

/// How a talk ended, as far as it is known on the link.
struct LinkEnd: Equatable, Sendable {
  let reason: EndReason
  let charged: TalkTime
  let remaining: TalkTime
  /// Whether the charge is in the ledger; nil where this link did not ask for the end.
  let settled: Bool?

  init(reason: EndReason, charged: TalkTime, remaining: TalkTime, settled: Bool? = nil) {
    self.reason = reason
    self.charged = charged
    self.remaining = remaining
    self.settled = settled
  }

  init(_ talk: LiveTalk) {
    self.init(reason: talk.endReason ?? .lost, charged: talk.charged, remaining: talk.remaining)
  }

  init(_ change: TalkChange) {
    self.init(reason: change.endReason ?? .lost, charged: change.charged, remaining: change.remaining)
  }

  /// - Parameter remaining: what is left where the ledger has not said it.
  init(_ ended: EndedTalk, remaining: TalkTime) {
    switch ended {
    case .settled(let talk):
      self.init(reason: talk.reason, charged: talk.charged, remaining: talk.balance, settled: true)
    case .provisional(let charged, let reason):
      self.init(reason: reason, charged: charged, remaining: remaining, settled: false)
    }
  }
}
