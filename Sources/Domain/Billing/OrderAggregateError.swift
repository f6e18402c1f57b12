/// Why an order's aggregate refuses what was asked of it.
public enum OrderAggregateError: Error, Sendable, Equatable {
  /// Nothing was credited for the order, or the payment that is to go back was.
  case notRefundable
  /// Nothing that is worth a refund is left of the order.
  case nothingToRefund
  case refundExceedsPayment(left: Paise)
  /// The time is spent in part; `force` sends the money back all the same.
  case refundExceedsUnspent(value: Paise)
  /// A payment buys one order, and this one bought another.
  case creditedElsewhere
}
