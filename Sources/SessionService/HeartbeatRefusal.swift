import Application

/// A beat that got a response and does not count.
enum HeartbeatRefusal: StableError {
  /// The talk is over.
  case ended(LiveTalk)
  /// The beat came too soon after the last one and changes nothing.
  case limited
  /// The talk does not exist or belongs to another user.
  case notFound

  var code: String {
    switch self {
    case .ended: "session_ended"
    case .limited: "too_many_heartbeats"
    case .notFound: "not_found"
    }
  }
}

extension Result<HeartbeatResult, LiveTalkError> {
  /// The talk after the beat.
  /// - Throws: why the beat does not count.
  func accepted() throws -> LiveTalk {
    switch try get() {
    case .accepted(let talk): return talk
    case .ended(let talk): throw HeartbeatRefusal.ended(talk)
    case .limited: throw HeartbeatRefusal.limited
    case .notFound: throw HeartbeatRefusal.notFound
    case .revoked: throw AccessTokenError.invalid
    case .unknowable: throw AccessTokenError.revocationsUnavailable
    }
  }
}
