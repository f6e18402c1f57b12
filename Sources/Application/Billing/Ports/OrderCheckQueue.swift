import Domain

/// An order about which Razorpay is to be asked.
public struct DueOrder: Sendable, Equatable {
  public let order: Order
  /// By the store's clock.
  public let age: Duration

  public init(order: Order, age: Duration) {
    self.order = order
    self.age = age
  }
}

/// Orders that wait for news of their payment. All times are the store's.
public protocol OrderCheckQueue: Sendable {
  /// Takes what is due, for two minutes: whoever takes it and dies is followed by another.
  func claimDue(limit: Int) async throws(BillingError) -> [DueOrder]
  /// - Parameter distance: from now to the next look; nil for none.
  func reschedule(at order: OrderID, in distance: Duration?) async throws(BillingError)
  /// For an order that nobody paid. One that was paid, or got another Razorpay order, since it was read stays as it is.
  /// - Returns: whether it expired.
  func expire(_ order: Order) async throws(BillingError) -> Bool
}
