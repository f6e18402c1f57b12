import NIOCore

/// When a link is to be pinged, and when it is given up. One look at all links of a loop costs less than timers for each.
struct LinkKeepalive {
  enum Verdict: Equatable {
    case nothing
    case ping
    /// Nothing was heard between two pings, or no answer to the close frame.
    case gone
    /// Nobody has authenticated in time.
    case silent
  }

  private let times: LinkTimes
  private var authenticateBy: NIODeadline
  private var pingAt: NIODeadline
  private var leftAt: NIODeadline?
  private var hasHeard = true

  init(_ times: LinkTimes, from now: NIODeadline) {
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
