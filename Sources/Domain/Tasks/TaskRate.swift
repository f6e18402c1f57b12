/// A greatest rate of tasks. No minute has more than so many beginnings of tasks, wherever the minute begins. What is not
/// used is saved up for about three seconds, as workers look at the queue once a second.
public struct TaskRate: Sendable, Equatable {
  public static let perMinuteRange = 1...60_000

  public let perMinute: Int
  /// How many tasks may begin at once.
  private let burst: Int64
  /// The time for which each beginning counts, in microseconds, so that a burst and what follows it within a minute are
  /// no more than `perMinute`.
  private let interval: Int64

  /// Nil outside of `perMinuteRange`.
  public init?(perMinute: Int) {
    guard Self.perMinuteRange.contains(perMinute) else { return nil }
    self.perMinute = perMinute
    burst = Int64(max(1, perMinute / 20))
    let steady = Int64(perMinute) - burst + 1
    interval = (60_000_000 + steady - 1) / steady
  }

  /// How many tasks may begin now.
  /// - Parameter ahead: how far what has begun reaches beyond now, in microseconds; negative if it ended before.
  public func allowed(ahead: Int64) -> Int {
    Int(clamping: max(0, (burst * interval - max(0, ahead)) / interval))
  }

  /// How far what has begun reaches beyond now when so many more tasks begin, in microseconds.
  public func ahead(after tasks: Int, from ahead: Int64) -> Int64 {
    max(0, ahead).clampedAdding(Int64(clamping: tasks).clampedMultiplied(by: interval))
  }
}
