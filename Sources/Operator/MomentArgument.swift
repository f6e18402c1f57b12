import Application
import ArgumentParser
import Foundation

/// A moment in an operator's command: `2026-11-25`, a day in UTC, or `2026-11-25T18:30:00+05:30` (RFC 3339).
struct MomentArgument: ExpressibleByArgument {
  let date: Date
  /// Whether only a day was given.
  let isDay: Bool

  init?(argument: String) {
    if let date = RFC3339.read(argument) {
      (self.date, isDay) = (date, false)
    } else if argument.utf8.count == 10, let date = RFC3339.read(argument + "T00:00:00Z") {
      (self.date, isDay) = (date, true)
    } else {
      return nil
    }
  }

  /// For a day, its last second.
  var end: Date { isDay ? date + 86_399 : date }

  static func text(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
