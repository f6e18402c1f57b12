/// Why an operator cannot list, end or stop talks.
public enum TalkAdministrationError: StableError {
  case notFound
  case userNotFound
  case invalidReason
  case unavailable

  public var code: String {
    switch self {
    case .notFound, .userNotFound: "not_found"
    case .invalidReason: "invalid_reason"
    case .unavailable: "talks_unavailable"
    }
  }
}
