import Domain
import FoundationEssentials

/// What somebody who watches a talk is told of it: how it stands, and why they are told.
public struct TalkChange: Sendable, Equatable {
  public enum Kind: String, Sendable {
    /// How it stands: first of all, and while it lives.
    case remaining
    /// A beat left 60 s or less, or 15 s or less, and the one before had not.
    case low
    case toppedUp = "topped_up"
    case ended
    /// The care plan can be read, or it is known why there will be none.
    case carePlan = "care_plan"
  }

  public let kind: Kind
  /// Counts the changes of this session from 1; 0 before the first. A `remaining` that nothing brought about has the
  /// version of the last change.
  public let version: Int64
  public let session: SessionID
  public let user: UserID
  public let state: Meter.State
  public let remaining: TalkTime
  /// Of the whole talk so far.
  public let charged: TalkTime
  public let endReason: EndReason?
  /// `ready`, `skipped` or `failed`, once it is known.
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
