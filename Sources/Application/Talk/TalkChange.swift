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

/// What a watcher hears. After anything but a change and `quiet` nothing more comes.
public enum SubscriptionEvent: Sendable, Equatable {
  case change(TalkChange)
  /// Nothing was heard for a while: a word now keeps the connection open.
  case quiet
  /// The token is revoked, or its time is over.
  case revoked
  /// The watcher was too slow to be told everything: connect again and read.
  case lagging
  /// The user has newer watchers, as many as they may have.
  case replaced
  /// This instance goes away: connect again, to any.
  case leaving
}

public enum SubscriptionError: StableError {
  /// There is no such talk in the store, or it is another's.
  case notFound
  case revoked
  case unavailable
  case leaving

  public var code: String {
    switch self {
    case .notFound: "not_found"
    case .revoked: "invalid_token"
    case .unavailable: "talks_unavailable"
    case .leaving: "leaving"
    }
  }
}

/// Who watches which talk.
public struct SubscriptionRequest: Sendable {
  /// As many watchers a user may have, over all instances; the oldest makes room.
  public static let most = 4

  public let session: SessionID
  public let user: UserID
  public let device: DeviceID
  /// The token's `iat`, in seconds since 1970.
  public let issuedAt: Int64
  /// When the token's time is over; nil where the watcher sees to that.
  public let expiresAt: Date?
  /// Whether the watcher hears every 5 s what remains, as one needs that does not beat itself.
  public let isSteady: Bool
  /// Whom this watcher replaces, as where a link goes on with a fresh token: the two count as one.
  public let instead: SubscriptionID?

  public init(
    session: SessionID, user: UserID, device: DeviceID, issuedAt: Int64, expiresAt: Date? = nil, isSteady: Bool,
    instead: SubscriptionID? = nil
  ) {
    self.session = session
    self.user = user
    self.device = device
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
    self.isSteady = isSteady
    self.instead = instead
  }
}

/// Tells those who watch a talk what becomes of it, whichever instance made it so.
public protocol TalkSubscriber: Sendable {
  /// First how the talk stands (`remaining`, or `ended`), then its changes in the order of their versions. It finishes
  /// after the care plan, or ten minutes after the talk's end. Whoever stops listening is forgotten.
  func subscribe(_ request: SubscriptionRequest) async throws(SubscriptionError) -> SubscriptionStream
}
