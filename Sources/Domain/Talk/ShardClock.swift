/// The time of one shard, in milliseconds: it moves on by what the store's wall clock has moved since the last look, if
/// that is 0 to 3 s, and by nothing otherwise. So neither an outage nor a clock that jumps is charged or ends a talk.
public struct ShardClock: Sendable, Equatable {
  /// A longer step than this did not happen.
  public static let longestStep: Int64 = 3_000

  /// Shard time.
  public private(set) var now: Int64
  /// The wall clock at the last look.
  public private(set) var lastLook: Int64
  /// The shard time after the last skip; a beat is due within the longest gap of it.
  public private(set) var resumed: Int64
  /// All that was skipped so far.
  public private(set) var skipped: Int64
  /// Which run of the store this is.
  public private(set) var run: String

  /// A shard that nobody has looked at yet starts at the wall clock.
  public init(wall: Int64, run: String = "") {
    now = wall
    lastLook = wall
    resumed = 0
    skipped = 0
    self.run = run
  }

  public mutating func look(at wall: Int64) {
    let step = wall - lastLook
    lastLook = wall
    if (0...ShardClock.longestStep).contains(step) {
      now += step
    } else {
      resumed = now
      skipped += max(0, step)
    }
  }

  /// Notes which run of the store a tick found; another one may have lost its last second.
  public mutating func found(run: String) {
    guard run != self.run else { return }
    self.run = run
    resumed = now
  }
}
