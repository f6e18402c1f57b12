import Domain
import FoundationEssentials

public enum GatewayError: Error, Sendable, Equatable {
  /// No answer, or one that a later try may better. `mayHaveActed`: look before asking again.
  case unavailable(mayHaveActed: Bool)
  /// Razorpay refuses for good.
  case refused(code: String)
  /// Our key is not accepted: an operator's mistake, and nothing that it says about a payment is an answer.
  case credentialsRefused
  case notFound
}

/// A stretch of time, both ends included, in whole seconds.
public struct GatewayPeriod: Sendable, Equatable {
  public let from: Date
  public let to: Date

  public init(from: Date, to: Date) {
    self.from = from
    self.to = to
  }
}

public protocol PaymentGateway: Sendable {
  /// - Parameter receipt: our order's id; an order can be found by it when the answer was lost.
  func createOrder(receipt: String, _ money: Money) async throws(GatewayError) -> String
  func order(receipt: String) async throws(GatewayError) -> String?
  /// - Parameter deadline: nil for the gateway's own.
  func payment(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayPayment
  /// Every attempt to pay the order, failed ones too.
  func payments(ofOrder razorpayOrderID: String) async throws(GatewayError) -> [GatewayPayment]
  /// What was made in the period, all pages of it.
  func payments(in period: GatewayPeriod) async throws(GatewayError) -> [GatewayPayment]
  func capture(_ id: String, _ money: Money, within deadline: Duration?) async throws(GatewayError) -> GatewayPayment
  /// - Parameters:
  ///   - key: the same on each try: it is Razorpay's idempotency key and the refund's receipt.
  ///   - deadline: nil for the gateway's own.
  func refund(
    _ paymentID: String, _ amount: Paise, key: String, within deadline: Duration?
  ) async throws(GatewayError) -> GatewayRefund
  func refund(_ id: String, within deadline: Duration?) async throws(GatewayError) -> GatewayRefund
  func refunds(ofPayment paymentID: String, within deadline: Duration?) async throws(GatewayError) -> [GatewayRefund]
  func refunds(in period: GatewayPeriod) async throws(GatewayError) -> [GatewayRefund]
  /// What was opened in the period, all pages of it, as each stands now.
  func disputes(in period: GatewayPeriod) async throws(GatewayError) -> [GatewayDispute]
}
