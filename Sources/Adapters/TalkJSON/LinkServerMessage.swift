import Application
import Domain

/// A message from the server, sent in one text frame.
public enum LinkServerMessage: Equatable, Sendable {
  case ready(TalkUpdate)
  case heartbeat(LiveTalk)
  case low(TalkUpdate)
  case toppedUp(TalkUpdate)
  case ended(TalkEndNotice)
  /// The requested action is not possible at the moment; the link stays open.
  case unavailable(LinkRequestedAction)
}

/// The action that was requested and is not possible.
public enum LinkRequestedAction: String, Equatable, Sendable { case authenticate, heartbeat, end }

/// How a talk ended, as far as the link knows.
public struct TalkEndNotice: Equatable, Sendable {
  public let reason: EndReason
  public let charged: TalkTime
  public let remaining: TalkTime
  /// Whether the charge is in the ledger; nil if this link did not request the end.
  public let settled: Bool?

  public init(reason: EndReason, charged: TalkTime, remaining: TalkTime, settled: Bool? = nil) {
    self.reason = reason
    self.charged = charged
    self.remaining = remaining
    self.settled = settled
  }

  public init(_ talk: LiveTalk) {
    self.init(reason: talk.endReason ?? .lost, charged: talk.charged, remaining: talk.remaining)
  }

  public init(_ change: TalkUpdate) {
    self.init(reason: change.endReason ?? .lost, charged: change.charged, remaining: change.remaining)
  }

  /// - Parameter remaining: the remaining time, used if the ledger has not reported it.
  public init(_ ended: EndedTalk, remaining: TalkTime) {
    switch ended {
    case .settled(let talk):
      self.init(reason: talk.reason, charged: talk.charged, remaining: talk.balance, settled: true)
    case .provisional(let charged, let reason):
      self.init(reason: reason, charged: charged, remaining: remaining, settled: false)
    }
  }
}
