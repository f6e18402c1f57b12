/// How many wrong passwords are compared for an address.
public struct PasswordAttemptPolicy: Sendable, Equatable {
  /// The attempts that may be made at once, and that come back evenly over the window.
  public let count: Int
  public let window: Duration
  /// The wrong passwords in a row after which no password is compared any more until the address is proven by a mail.
  public let mostInARow: Int

  /// - Parameters:
  ///   - count: at least 1.
  public init(count: Int, window: Duration, mostInARow: Int) {
    self.count = max(1, count)
    self.window = window
    self.mostInARow = max(1, mostInARow)
  }

  public static let production = PasswordAttemptPolicy(count: 10, window: .seconds(60), mostInARow: 100)
  /// Stops only a runaway loop.
  public static let development = PasswordAttemptPolicy(count: 10_000, window: .seconds(60), mostInARow: 100_000)

  /// The time after which one more attempt may be made.
  public var interval: Duration { window / count }
}
