/// How long a hold is good without news.
public enum HoldLife: Sendable {
  /// Then the question is asked whether its talk still lives.
  case ofTalk
  case untilSettled

  /// Nil for ever.
  public var duration: Duration? {
    switch self {
    case .ofTalk: .seconds(180)
    case .untilSettled: nil
    }
  }
}
