import FoundationEssentials

/// How long the provider says that a conversation was.
public struct ReportedDuration: Sendable, Equatable {
  public let duration: TalkTime
  /// Of when the word is, by the provider's clock; nil for one that was asked for just now, which is always news.
  public let told: Date?

  public init(duration: TalkTime, told: Date? = nil) {
    self.duration = duration
    self.told = told
  }
}
