import Domain
import FoundationEssentials

/// An update for the subscribers of a talk: its state, and the reason for the update.
public struct TalkUpdate: Sendable, Equatable {
  public enum Kind: String, Sendable {
    /// The talk's state: sent first, and while the talk is live.
    case remaining
    /// A beat left 60 s or less, or 15 s or less, and the beat before had left more.
    case low
    case toppedUp = "topped_up"
    case ended
    /// The care plan is ready, or it is known why there will be none.
    case carePlan = "care_plan"
  }

  public let kind: Kind
  /// Counts the changes of this session from 1; 0 before the first. A `remaining` without a change of its own has the
  /// version of the last change.
  public let version: Int64
  public let session: SessionID
  public let user: UserID
  public let state: Meter.State
  public let remaining: TalkTime
  /// The charge of the whole talk so far.
  public let charged: TalkTime
  public let endReason: EndReason?
  /// `ready`, `skipped` or `failed`, once known.
  public let carePlan: String?

  public init(
    kind: Kind, version: Int64, session: SessionID, user: UserID, state: Meter.State, remaining: TalkTime,
    charged: TalkTime, endReason: EndReason? = nil, carePlan: String? = nil
  ) {
    self.kind = kind
    self.version = version
    self.session = session
    self.user = user
    self.state = state
    self.remaining = remaining
    self.charged = charged
    self.endReason = endReason
    self.carePlan = carePlan
  }
}
