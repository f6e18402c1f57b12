/// How long a hold lasts if it is not extended.
public enum HoldLifetime: Sendable {
  /// A talk's hold. Its expiry leads to a check whether the talk still lives.
  case ofTalk
  case untilSettled

  /// The time until the hold expires; nil if it never does.
  public var duration: Duration? {
    switch self {
    case .ofTalk: .seconds(180)
    case .untilSettled: nil
    }
  }
}
