import NIOCore

/// When a link is pinged, and when it is given up. One check of all links of a loop costs less than timers for each
/// link.
struct LinkKeepalive {
  enum Verdict: Equatable {
    case nothing
    case ping
    /// The peer sent nothing between two pings, or did not respond to the close frame.
    case gone
    /// The client did not authenticate in time.
    case silent
  }

  private let times: LinkTimeLimits
  private var authenticateBy: NIODeadline
  private var pingAt: NIODeadline
  private var leftAt: NIODeadline?
  private var hasHeard = true

  init(_ times: LinkTimeLimits, from now: NIODeadline) {
    self.times = times
    authenticateBy = now + TimeAmount(times.firstFrame)
    pingAt = now + TimeAmount(times.ping)
  }

  mutating func heard() { hasHeard = true }

  mutating func waitAgain(from now: NIODeadline) { authenticateBy = now + TimeAmount(times.firstFrame) }

  mutating func bidFarewell(at now: NIODeadline) { leftAt = now }

  mutating func look(at now: NIODeadline, isWaiting: Bool, isClosed: Bool) -> Verdict {
    if isClosed {
      return leftAt.map { $0 + TimeAmount(times.farewell) <= now } ?? true ? .gone : .nothing
    }
    if isWaiting, authenticateBy <= now { return .silent }
    guard pingAt <= now else { return .nothing }
    guard hasHeard else { return .gone }
    hasHeard = false
    pingAt = now + TimeAmount(times.ping)
    return .ping
  }
}
