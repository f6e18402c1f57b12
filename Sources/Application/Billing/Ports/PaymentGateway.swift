import Domain
import FoundationEssentials

public enum GatewayError: Error, Sendable, Equatable {
  /// Razorpay did not answer, or a later try may succeed. With `mayHaveActed` the caller must look before it asks
  /// again.
  case unavailable(mayHaveActed: Bool)
  /// Razorpay refuses the request for good.
  case refused(code: String)
  /// Razorpay does not accept our key. This is an operator's mistake; no such answer says anything about a payment.
  case credentialsRefused
  case notFound
}

/// A period in whole seconds, including both ends.
public struct ReconciliationPeriod: Sendable, Equatable {
  public let from: Date
  public let to: Date

  public init(from: Date, to: Date) {
    self.from = from
    self.to = to
  }
}

public protocol PaymentGateway: Sendable {
  /// - Parameter receipt: our order's id. It finds the order if the answer was lost.
  func createOrder(receipt: String, _ money: Money) async throws(GatewayError) -> String
  func order(receipt: String) async throws(GatewayError) -> String?
  /// - Parameter deadline: nil for the gateway's own deadline.
  func payment(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayPayment
  /// Every attempt to pay the order, including failed ones.
  func payments(ofOrder razorpayOrderID: String) async throws(GatewayError) -> [GatewayPayment]
  /// All pages of the payments that were made in the period.
  func payments(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayPayment]
  func capture(_ id: String, _ money: Money, within deadline: Duration?) async throws(GatewayError) -> GatewayPayment
  /// - Parameters:
  ///   - key: Razorpay's idempotency key and the refund's receipt, the same on each try.
  ///   - deadline: nil for the gateway's own deadline.
  func refund(
    _ paymentID: String, _ amount: Paise, key: String, within deadline: Duration?
  ) async throws(GatewayError) -> GatewayRefund
  func refund(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayRefund
  func refunds(ofPayment paymentID: String, within deadline: Duration?) async throws(GatewayError) -> [GatewayRefund]
  func refunds(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayRefund]
  /// All pages of the disputes that were opened in the period, with their current status.
  func disputes(in period: ReconciliationPeriod) async throws(GatewayError) -> [GatewayDispute]
}
