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

  /// Longer than anybody waits who gives up, and not for ever, so that a test can fail.
  static func hangOn(while isAsked: @Sendable () -> Bool) async {
    let end = ContinuousClock.now + .seconds(30)
    while isAsked(), ContinuousClock.now < end {
      // A task of its own, which nobody cancels.
      await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value
    }
  }
}
