import Application
import Foundation
import Logging

/// What every link uses: the use cases and the settings.
public struct LinkDependencies: Sendable {
  let join: SubscribeToTalk
  let beat: TakeHeartbeat
  let end: EndTalk
  let clock: any WallClock
  /// How often a client beats, in milliseconds.
  let interval: Int64
  let limits: LinkFrameLimits
  let times: LinkTimeLimits

  public init(
    join: SubscribeToTalk, beat: TakeHeartbeat, end: EndTalk, clock: any WallClock, interval: Int64,
    limits: LinkFrameLimits,
    times: LinkTimeLimits = LinkTimeLimits()
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

/// The time limits of a link.
public struct LinkTimeLimits: Sendable {
  /// The time limit for the first frame.
  var firstFrame: Duration
  /// The time between two pings. A peer that has sent nothing in that time is gone.
  var ping: Duration
  /// The time limit for the peer's response to the close frame.
  var farewell: Duration
  /// How often an event loop checks these limits.
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
