/// How a talk ended, and how long ago. It holds the rule for which talks can be continued: a new talk then goes on in
/// the same conversation.
public struct TalkEnding: Sendable, Equatable {
  /// How long after a cut the talk can be continued.
  public static let continuable = Duration.seconds(60)

  public let reason: EndReason
  /// The time since the end, by the store's clock.
  public let age: Duration

  public init(reason: EndReason, age: Duration) {
    self.reason = reason
    self.age = age
  }

  /// How much longer the talk can be continued; nil if it cannot be continued. Only a talk that no beat reached in time
  /// was cut: every other end was somebody's decision, or follows from the wallet.
  public var continuableFor: Duration? {
    guard reason == .gap, age < Self.continuable else { return nil }
    return Self.continuable - max(.zero, age)
  }
}
