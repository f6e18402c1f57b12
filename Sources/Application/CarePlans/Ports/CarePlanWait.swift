/// What the writing of a plan can wait for, with a limit that counts from the wait's beginning. An outage ends every
/// other wait: nothing is learnt of the conversation while it lasts. It is over itself once another wait has gone on
/// for an hour, so that a short one takes nothing from the patience for the next. A provider that is away again and
/// again within an hour has one outage.
public enum CarePlanWait: String, Sendable, CaseIterable {
  /// The beginning of the conversation.
  case unopened
  /// The end of the conversation, or of the provider's work on it.
  case unfinished
  /// The provider's record of the conversation, or the words in it.
  case incomplete
  /// The model or the provider, which are away or refuse our key.
  case outage
}
