import FoundationEssentials

extension Date {
  /// Seconds since 1970, rounded down.
  public var unixSeconds: Int64 { Int64(clamping: timeIntervalSince1970.rounded(.down)) }
  /// Milliseconds since 1970, rounded to the nearest.
  public var unixMilliseconds: Int64 { Int64(clamping: timeIntervalSince1970 * 1_000) }
  /// Microseconds since 1970, rounded to the nearest: the precision of the database.
  public var unixMicroseconds: Int64 { Int64(clamping: timeIntervalSince1970 * 1_000_000) }

  public init(unixMilliseconds: Int64) { self.init(timeIntervalSince1970: Double(unixMilliseconds) / 1_000) }
  public init(unixMicroseconds: Int64) { self.init(timeIntervalSince1970: Double(unixMicroseconds) / 1_000_000) }
}
