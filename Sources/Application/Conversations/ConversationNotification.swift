import Domain
import FoundationEssentials

/// What the provider's webhook says after a call.
public enum ConversationNotification: Sendable, Equatable {
  case call(Call)
  /// Nothing that concerns a talk.
  case nothing
  /// No webhook, or one whose members have other types than they are known to have.
  case unreadable

  public struct Call: Sendable, Equatable {
    public let id: String
    /// Nil where the provider does not say.
    public let state: ConversationState?
    /// Nil where the provider does not say.
    public let duration: TalkTime?
    /// When the provider said it; nil for no moment of a call.
    public let told: Date?

    public init(id: String, state: ConversationState?, duration: TalkTime?, told: Date?) {
      self.id = id
      self.state = state
      self.duration = duration
      self.told = told
    }
  }
}
