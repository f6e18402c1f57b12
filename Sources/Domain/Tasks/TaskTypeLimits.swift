/// How much of one type of task all workers together may do.
public struct TaskTypeLimits: Sendable, Equatable {
  public static let mostRunningRange = 1...1_000

  /// How many run at once, as far as their workers' leases last; nil for no limit.
  public let mostRunning: Int?
  /// How many begin in a minute; nil for no limit.
  public let rate: TaskRate?

  public static let unlimited = TaskTypeLimits(mostRunning: nil, rate: nil)

  private init(mostRunning: Int?, rate: TaskRate?) {
    self.mostRunning = mostRunning
    self.rate = rate
  }

  /// Nil if a number is out of its range.
  public init?(mostRunning: Int?, mostPerMinute: Int?) {
    guard mostRunning.map(Self.mostRunningRange.contains) ?? true else { return nil }
    let rate = mostPerMinute.flatMap { TaskRate(perMinute: $0) }
    guard mostPerMinute == nil || rate != nil else { return nil }
    self.init(mostRunning: mostRunning, rate: rate)
  }

  /// How many tasks may begin now.
  /// - Parameters:
  ///   - running: how many run.
  ///   - ahead: how far what has begun reaches beyond now by the rate, in microseconds.
  public func allowed(running: Int, ahead: Int64) -> Int {
    let room = mostRunning.map { max(0, $0 - running) } ?? .max
    return min(room, rate?.allowed(ahead: ahead) ?? .max)
  }
}
