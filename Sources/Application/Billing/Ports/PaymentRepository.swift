import Domain

/// What became of a captured payment.
public enum CaptureResult: Sendable, Equatable {
  /// Credited, now or before.
  case credited(balance: TalkTime)
  /// Nothing was credited: the order was paid by another payment, or this one went back already.
  case surplus

  /// - Parameter balance: the user's after it.
  public init(_ capture: OrderAggregate.Capture, balance: TalkTime) {
    self =
      switch capture {
      case .credited: .credited(balance: balance)
      case .surplus: .surplus
      }
  }
}

public protocol PaymentRepository: Sendable {
  /// Credits the order's talk time once, whoever comes first and however often.
  func capture(_ payment: GatewayPayment, of order: Order, cause: Cause) async throws(BillingError) -> CaptureResult
  /// Notes what credits nothing. A later capture still wins.
  func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError)
}
