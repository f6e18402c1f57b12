import Domain
import FoundationEssentials

/// The content of the provider's webhook after a call.
public enum ConversationNotification: Sendable, Equatable {
  case call(Call)
  /// The webhook does not concern a talk.
  case nothing
  /// The body is no webhook, or its members have unexpected types.
  case unreadable

  public struct Call: Sendable, Equatable {
    public let id: String
    /// Nil where the provider does not say.
    public let state: ConversationState?
    /// Nil where the provider does not say.
    public let duration: TalkTime?
    /// Whether the provider reports a duration that no call can have. It counts as not reported.
    public let hasImpossibleDuration: Bool
    /// When the provider reported the call; nil for an impossible time.
    public let told: Date?

    public init(
      id: String, state: ConversationState?, duration: TalkTime?, hasImpossibleDuration: Bool = false, told: Date?
    ) {
      self.id = id
      self.state = state
      self.duration = duration
      self.hasImpossibleDuration = hasImpossibleDuration
      self.told = told
    }
  }
}
