/// The limits of what a client may send over one link. The step that charges a beat has a separate limit for beats.
public struct LinkFrameLimits: Sendable {
  /// The longest frame, and the longest message of several frames, in bytes.
  static let longestMessage = 4_096

  /// The average time between two frames, in milliseconds.
  let interval: Double
  /// The number of frames that may arrive at once.
  let burst: Double
  /// The number of beats without a response.
  let unanswered: Int

  public init(framesPerSecond: Int, burst: Int, unanswered: Int = 64) {
    interval = 1_000 / Double(max(1, framesPerSecond))
    self.burst = Double(max(1, burst))
    self.unanswered = unanswered
  }

  /// The page sends a frame a second, other clients one every five seconds.
  public static let production = LinkFrameLimits(framesPerSecond: 10, burst: 40)
  /// For load tests from the developer's own machine. Even these limits stop ten thousand frames a second.
  public static let development = LinkFrameLimits(framesPerSecond: 4_000, burst: 1_000)
}

/// Checks frames against the limit (GCRA: one number for each link).
struct FrameRateLimit {
  private var arrival = 0.0

  /// - Parameter now: milliseconds of a monotonic clock.
  /// - Returns: false if the frame exceeds the limit.
  mutating func allows(at now: Double, _ limits: LinkFrameLimits) -> Bool {
    let due = max(arrival, now)
    guard due - now <= limits.interval * (limits.burst - 1) else { return false }
    arrival = due + limits.interval
    return true
  }
}
