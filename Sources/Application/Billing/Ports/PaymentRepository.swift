import Domain

/// The result of a captured payment.
public enum PaymentCreditResult: Sendable, Equatable {
  /// The payment is credited, now or before.
  case credited(balance: TalkTime)
  /// Nothing was credited: another payment paid the order, or this payment was already sent back.
  case surplus

  /// - Parameter balance: the user's balance after the capture.
  public init(_ capture: OrderAggregate.Capture, balance: TalkTime) {
    self =
      switch capture {
      case .credited: .credited(balance: balance)
      case .surplus: .surplus
      }
  }
}

public protocol PaymentRepository: Sendable {
  /// Credits the order's talk time once, even if several callers request it.
  func capture(_ payment: GatewayPayment, of order: Order, cause: LedgerCause) async throws(BillingError)
    -> PaymentCreditResult
  /// Records a payment that credits nothing. A later capture still credits.
  func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError)
}
