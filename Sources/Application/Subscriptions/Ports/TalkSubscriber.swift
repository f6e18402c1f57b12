import Domain
import FoundationEssentials

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
