import Application
import ArgumentParser
import FoundationEssentials

/// A moment as it is written on the command line: RFC 3339, such as `2026-11-25T16:00:00Z`.
struct Moment: ExpressibleByArgument {
  let date: Date

  init?(argument: String) {
    guard let date = RFC3339.read(argument) else { return nil }
    self.date = date
  }

  static func text(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
