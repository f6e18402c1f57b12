/// What a test lets happen to a step of a store.
public enum Mishap: Sendable {
  /// The store cannot be reached: nothing is done.
  case fails
  /// The step is done, and nobody hears of it.
  case losesAnswer
  /// No answer comes until the caller gives up.
  case hangs
  /// No answer comes, whether the caller gives up or not, until the test lets it go well again.
  case hangsOn
}
