/// The time of one shard, in milliseconds. At each reading it advances by the time that the store's wall clock has
/// moved since the last reading, if that is 0 to 3 s, and by nothing otherwise. So neither an outage nor a clock that
/// jumps is charged or ends a talk.
public struct ShardClock: Sendable, Equatable {
  /// A longer step of the wall clock is skipped.
  public static let longestStep: Int64 = 3_000

  /// The shard time.
  public private(set) var now: Int64
  /// The wall clock at the last reading.
  public private(set) var lastLook: Int64
  /// The shard time after the last skip; a beat is due within the longest gap after it.
  public private(set) var resumed: Int64
  /// The sum of all skipped time.
  public private(set) var skipped: Int64
  /// Identifies the current run of the store's process.
  public private(set) var run: String

  /// The clock of a shard that was never read starts at the wall clock.
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

  /// Records which run of the store a tick found. A store that has restarted may have lost its last second of writes.
  public mutating func found(run: String) {
    guard run != self.run else { return }
    self.run = run
    resumed = now
  }
}
