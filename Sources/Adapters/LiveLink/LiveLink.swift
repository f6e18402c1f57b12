import Application
import Foundation
import Logging

/// What every link stands on.
public struct LiveLink: Sendable {
  let join: JoinTalk
  let beat: TakeHeartbeat
  let end: EndTalk
  let clock: any WallClock
  /// How often a page beats, in milliseconds.
  let interval: Int64
  let limits: LinkLimits
  let times: LinkTimes

  public init(
    join: JoinTalk, beat: TakeHeartbeat, end: EndTalk, clock: any WallClock, interval: Int64, limits: LinkLimits,
    times: LinkTimes = LinkTimes()
  ) {
    self.join = join
    self.beat = beat
    self.end = end
    self.clock = clock
    self.interval = interval
    self.limits = limits
    self.times = times
  }
}

/// The patience of a link.
public struct LinkTimes: Sendable {
  /// Until the first frame.
  var firstFrame: Duration
  /// Between two pings; a peer of which nothing was heard from one to the next is gone.
  var ping: Duration
  /// Until a peer has answered the close frame.
  var farewell: Duration
  /// How often a loop looks at all this.
  var look: Duration

  public init(
    firstFrame: Duration = .seconds(5), ping: Duration = .seconds(25), farewell: Duration = .seconds(2),
    look: Duration = .milliseconds(250)
  ) {
    self.firstFrame = firstFrame
    self.ping = ping
    self.farewell = farewell
    self.look = look
  }
}
