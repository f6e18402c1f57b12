import Application

/// A beat that was answered and does not count.
enum HeartbeatRefusal: StableError {
  /// The talk is over.
  case ended(LiveTalk)
  /// It came too soon after the last one. It changes nothing.
  case limited
  /// No such talk, or another's.
  case notFound

  var code: String {
    switch self {
    case .ended: "session_ended"
    case .limited: "too_many_heartbeats"
    case .notFound: "not_found"
    }
  }
}
