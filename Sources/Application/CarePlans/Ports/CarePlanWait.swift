/// What the writing of a plan can wait for, with a limit that counts from the wait's beginning.
public enum CarePlanWait: Sendable {
  /// The provider's record of the conversation, or the words in it.
  case incomplete
  /// The model or the provider, which are away or refuse our key.
  case outage
}
