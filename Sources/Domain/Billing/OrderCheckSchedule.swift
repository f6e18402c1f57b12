/// When Razorpay is asked about an order that is not known to be paid.
///
/// The first check happens when webhook and redirect are late. Each further check happens when the order has become
/// twice as old, until the order expires. A payment may be authorized hours after the buyer has left, so an order that
/// has expired or failed is checked once a day for some days more.
public struct OrderCheckSchedule: Sendable, Equatable {
  /// The age of an order at the first check, and the shortest time between two checks.
  public let first: Duration
  /// The age at which an unpaid order expires.
  public let expiry: Duration

  public init(first: Duration, expiry: Duration) {
    self.first = first
    self.expiry = expiry
  }

  public static let standard = OrderCheckSchedule(first: .seconds(900), expiry: .seconds(86_400))

  /// How long one worker has an order before another may take it.
  public static let claim = Duration.seconds(120)

  /// How long an order is still checked after it has expired.
  public static let aftermath = Duration.seconds(3 * 86_400)
  private static let longest = Duration.seconds(86_400)

  public func isExpired(age: Duration) -> Bool { age >= expiry }

  /// The time from the check of an order of this age to the next check; nil after the last one.
  public func distance(age: Duration) -> Duration? {
    let next = age + min(max(age, first), Self.longest)
    if age < expiry { return min(next, expiry) - age }
    let end = expiry + Self.aftermath
    return age < end ? min(next, end) - age : nil
  }
}
