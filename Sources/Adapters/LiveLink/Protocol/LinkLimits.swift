/// How much one link may say. Beats have a limit of their own besides, in the step that charges them.
public struct LinkLimits: Sendable {
  /// The longest frame, and the longest message of several frames, in bytes.
  static let longestMessage = 4_096

  /// Milliseconds between two frames, in the long run.
  let interval: Double
  /// As many may come at once.
  let burst: Double
  /// Beats that have no answer yet.
  let unanswered: Int

  public init(framesPerSecond: Int, burst: Int, unanswered: Int = 64) {
    interval = 1_000 / Double(max(1, framesPerSecond))
    self.burst = Double(max(1, burst))
    self.unanswered = unanswered
  }

  /// A page says something every five seconds.
  public static let production = LinkLimits(framesPerSecond: 10, burst: 40)
  /// For load from one's own machine; ten thousand frames a second are still too many.
  public static let development = LinkLimits(framesPerSecond: 4_000, burst: 1_000)
}

/// Counts frames against the limit (GCRA: one number a link).
struct FrameRateLimit {
  private var arrival = 0.0

  /// - Parameter now: milliseconds of a clock that only goes forward.
  /// - Returns: false for one too many.
  mutating func allows(at now: Double, _ limits: LinkLimits) -> Bool {
    let due = max(arrival, now)
    guard due - now <= limits.interval * (limits.burst - 1) else { return false }
    arrival = due + limits.interval
    return true
  }
}
