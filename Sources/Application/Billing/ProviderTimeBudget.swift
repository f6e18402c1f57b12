/// The time that a use case has for its questions to a provider, all of them together. It is handed from step to step, so
/// that no step has a time of its own.
public struct ProviderTimeBudget: Sendable {
  /// Less than this is not worth a question.
  private static let least = Duration.milliseconds(100)

  private let end: ContinuousClock.Instant?

  /// It begins now.
  public init(_ duration: Duration) { end = ContinuousClock.now + duration }

  private init() { end = nil }

  /// Each question has the provider's own deadline.
  public static let unlimited = ProviderTimeBudget()

  /// For the next question; nil where there is no limit.
  public var left: Duration? { end.map { max(.zero, $0 - ContinuousClock.now) } }

  /// No further question can be answered in time.
  public var isSpent: Bool { left.map { $0 < Self.least } ?? false }
}
