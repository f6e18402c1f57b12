import FoundationEssentials

/// The length of a conversation as the provider reports it.
public struct ReportedDuration: Sendable, Equatable {
  public let duration: TalkTime
  /// The time of the report, by the provider's clock; nil for a duration that was requested just now, which always
  /// counts as newer.
  public let told: Date?

  public init(duration: TalkTime, told: Date? = nil) {
    self.duration = duration
    self.told = told
  }
}

extension ReportedDuration {
  /// No call lasts longer. What a report says beyond that, or below zero, is a fault of the report.
  public static let longest = TalkTime.seconds(86_400)

  /// The length of a call in the provider's seconds. Nil if no call can have lasted so long: such a figure is not
  /// charged, and not cut down to one that is charged either.
  public static func time(ofSeconds seconds: Double) -> TalkTime? {
    let time = TalkTime.milliseconds(Int64(clamping: seconds * 1_000))
    return seconds >= 0 && time <= longest ? time : nil
  }
}
