/// When Razorpay is asked about an order that we do not know to be paid.
///
/// First when webhook and redirect are late; then each time when the order has grown twice as old, until it expires. A
/// payment may be authorized hours after the buyer has left, so an order that expired or failed is looked at for some
/// days more, once a day.
public struct OrderCheckSchedule: Sendable, Equatable {
  /// The age of an order at the first look, and the shortest time between two.
  public let first: Duration
  /// The age at which an order that nobody paid expires.
  public let expiry: Duration

  public init(first: Duration, expiry: Duration) {
    self.first = first
    self.expiry = expiry
  }

  public static let standard = OrderCheckSchedule(first: .seconds(900), expiry: .seconds(86_400))

  /// How long after its expiry an order is still looked at.
  public static let aftermath = Duration.seconds(3 * 86_400)
  private static let longest = Duration.seconds(86_400)

  public func isExpired(age: Duration) -> Bool { age >= expiry }

  /// From the look at an order of this age to the next one; nil after the last.
  public func distance(age: Duration) -> Duration? {
    let next = age + min(max(age, first), Self.longest)
    if age < expiry { return min(next, expiry) - age }
    let end = expiry + Self.aftermath
    return age < end ? min(next, end) - age : nil
  }
}
