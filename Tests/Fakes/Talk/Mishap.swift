/// A failure that a test sets for a step of a store.
public enum Mishap: Sendable {
  /// The store cannot be reached: nothing is done.
  case fails
  /// The step is done, and its answer is lost.
  case losesAnswer
  /// No answer comes until the caller gives up.
  case hangs
  /// No answer comes, even after the caller has given up, until the test lets the step succeed again.
  case hangsOn

  /// Longer than the time limit of any caller, but finite, so that a test can fail.
  static func hangOn(while isAsked: @Sendable () -> Bool) async {
    let end = ContinuousClock.now + .seconds(30)
    while isAsked(), ContinuousClock.now < end {
      // A separate task, which is never cancelled.
      await Task.detached { try? await Task.sleep(for: .milliseconds(5)) }.value
    }
  }
}
