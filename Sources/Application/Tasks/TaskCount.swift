/// How many tasks an operator's action concerns, or how many at least: a count must not hold up the action.
public struct TaskCount: Sendable, Equatable {
  public let number: Int
  /// Whether there may be more.
  public let isLeast: Bool

  /// No more are counted.
  public static let most = 10_000

  /// - Parameters:
  ///   - counted: how many were found. Beyond ``most`` it does not matter how many.
  ///   - isComplete: false if the count was given up.
  public init(counted: Int, isComplete: Bool = true) {
    number = min(counted, Self.most)
    isLeast = !isComplete || counted > Self.most
  }
}
