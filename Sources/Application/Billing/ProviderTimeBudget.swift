/// The time that a use case has for all its requests to a provider together. The budget is handed from step to step, so
/// that no step has a time of its own.
public struct ProviderTimeBudget: Sendable {
  /// A request is not worth sending with less time than this.
  private static let least = Duration.milliseconds(100)

  private let end: ContinuousClock.Instant?

  /// The budget begins now.
  public init(_ duration: Duration) { end = ContinuousClock.now + duration }

  private init() { end = nil }

  /// Each request has the provider's own deadline.
  public static let unlimited = ProviderTimeBudget()

  /// The time for the next request; nil without a limit.
  public var left: Duration? { end.map { max(.zero, $0 - ContinuousClock.now) } }

  /// Whether no further request can be answered in time.
  public var isSpent: Bool { left.map { $0 < Self.least } ?? false }
}
