import FoundationEssentials

/// Days that follow each other, in Indian time as the month of a statement.
public struct StatementDays: Sendable, Equatable {
  /// About three months.
  public static let most = 92
  public static let usual = 30
  private static let length: Double = 86_400

  /// The first moment of each day, the oldest first. There is at least one.
  public let starts: [Date]
  /// The first moment after the last day.
  public let end: Date

  /// - Parameter count: 1 to ``most``; nil for any other number.
  public init?(last count: Int, upTo moment: Date) {
    guard (1...Self.most).contains(count) else { return nil }
    let zone = Double(TimeZone.india.secondsFromGMT())
    let today = ((moment.timeIntervalSince1970 + zone) / Self.length).rounded(.down)
    let end = Date(timeIntervalSince1970: (today + 1) * Self.length - zone)
    self.end = end
    // India has no daylight saving time, so that each day has the same length.
    starts = (1...count).reversed().map { end - Double($0) * Self.length }
  }

  /// The place of the day in which a moment lies; nil if it lies outside.
  public func place(of moment: Date) -> Int? {
    guard moment < end else { return nil }
    return starts.lastIndex { $0 <= moment }
  }
}
