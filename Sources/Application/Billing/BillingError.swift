import Domain

public enum BillingError: StableError, Equatable {
  /// Postgres or Razorpay cannot be reached; nothing was changed.
  case unavailable
  case packNotFound
  case orderNotFound
  case invalidSignature
  /// Razorpay's record of the payment and our order differ.
  case paymentMismatch
  /// The user has reached the limit of unpaid orders.
  case tooManyOpenOrders
  /// The Idempotency-Key was used for another order before.
  case keyReused
  /// The seller must name the buyer's state, but neither the order nor the account contains it.
  case buyerStateMissing
  /// Nothing was credited for the order, or the order is older than the ledger.
  case notRefundable
  /// The order has nothing left that is worth a refund.
  case nothingToRefund
  case refundExceedsPayment(left: Paise)
  /// Part of the talk time is spent. With `force` the money is sent back all the same.
  case refundExceedsUnspent(value: Paise)
  /// With this refund the operator would be above the cap of the day.
  case dailyCapReached
  /// Razorpay refuses to send the money back.
  case refundRefused

  public var code: String {
    switch self {
    case .unavailable: "billing_unavailable"
    case .packNotFound: "pack_not_found"
    case .orderNotFound: "not_found"
    case .invalidSignature: "invalid_signature"
    case .paymentMismatch: "payment_mismatch"
    case .tooManyOpenOrders: "too_many_open_orders"
    case .keyReused: "idempotency_key_reused"
    case .buyerStateMissing: "buyer_state_missing"
    case .notRefundable: "not_refundable"
    case .nothingToRefund: "nothing_to_refund"
    case .refundExceedsPayment: "refund_exceeds_payment"
    case .refundExceedsUnspent: "refund_exceeds_unspent"
    case .dailyCapReached: "daily_cap_reached"
    case .refundRefused: "refund_refused"
    }
  }
}

extension BillingError {
  public init(_ error: OrderAggregateError) {
    self =
      switch error {
      case .notRefundable: .notRefundable
      case .nothingToRefund: .nothingToRefund
      case .refundExceedsPayment(let left): .refundExceedsPayment(left: left)
      case .refundExceedsUnspent(let value): .refundExceedsUnspent(value: value)
      // Nothing was changed. The sender of the report gets this error until an operator has looked at the payment.
      case .creditedElsewhere: .unavailable
      }
  }
}
