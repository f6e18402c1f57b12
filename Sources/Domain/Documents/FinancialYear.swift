import FoundationEssentials

/// India's financial year, from April to March in Indian time (General Clauses Act 1897, s. 3(21)). Documents are
/// numbered within it.
public struct FinancialYear: Hashable, Sendable, CustomStringConvertible {
  /// The calendar year in which it begins.
  public let firstYear: Int

  /// The year in which a moment lies.
  public init(of moment: Date) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .india
    let parts = calendar.dateComponents([.year, .month], from: moment)
    firstYear = (parts.year ?? 0) - ((parts.month ?? 4) < 4 ? 1 : 0)
  }

  /// The last two digits of both its calendar years: `2627` for 2026-27.
  public var description: String { Self.twoDigits(firstYear) + Self.twoDigits(firstYear + 1) }

  private static func twoDigits(_ year: Int) -> String {
    let last = (year % 100 + 100) % 100
    return last < 10 ? "0\(last)" : "\(last)"
  }
}
