import Domain

/// An order whose check at Razorpay is due.
public struct DueOrder: Sendable, Equatable {
  public let order: Order
  /// The age by the store's clock.
  public let age: Duration

  public init(order: Order, age: Duration) {
    self.order = order
    self.age = age
  }
}

/// Orders whose payment is not known yet. All times are the store's.
public protocol OrderCheckQueue: Sendable {
  /// Claims the due orders for two minutes. If the worker dies, another worker claims them after that.
  func claimDue(limit: Int) async throws(BillingError) -> [DueOrder]
  /// - Parameter distance: the duration from now to the next check; nil for none.
  func reschedule(at order: OrderID, in distance: Duration?) async throws(BillingError)
  /// Expires an order that was not paid. An order that was paid or got another Razorpay order since it was read stays
  /// as it is.
  /// - Returns: whether the order expired.
  func expire(_ order: Order) async throws(BillingError) -> Bool
}
