import Domain
import FoundationEssentials

public enum TalkSubscriptionError: StableError {
  /// The store has no such talk, or the talk belongs to another user.
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

/// A request to subscribe to a talk, and the user who makes it.
public struct TalkSubscriptionRequest: Sendable {
  /// The most subscriptions that a user may have, over all instances. A further one ends the oldest.
  public static let most = 4

  public let session: SessionID
  public let user: UserID
  public let device: DeviceID
  /// The token's `iat`, in seconds since 1970.
  public let issuedAt: Int64
  /// When the token expires; nil if the caller checks that itself.
  public let expiresAt: Date?
  /// Whether the subscription receives the remaining time every 5 s. A client that does not send beats needs this.
  public let isSteady: Bool
  /// The subscription that this one replaces, as when a link continues with a new token: the two count as one.
  public let instead: TalkSubscriptionID?

  public init(
    session: SessionID, user: UserID, device: DeviceID, issuedAt: Int64, expiresAt: Date? = nil, isSteady: Bool,
    instead: TalkSubscriptionID? = nil
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

/// Delivers the changes of a talk to its subscribers, whichever instance made them.
public protocol TalkSubscriptionProvider: Sendable {
  /// Delivers first the talk's state (`remaining`, or `ended`), then its changes in the order of their versions. The
  /// stream finishes after the care plan, or ten minutes after the talk's end. Releasing the stream ends the
  /// subscription.
  func subscribe(_ request: TalkSubscriptionRequest) async throws(TalkSubscriptionError) -> TalkSubscriptionStream
}
