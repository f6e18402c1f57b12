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
