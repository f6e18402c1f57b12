import Domain

/// Razorpay's own words for where a payment is.
public enum GatewayStatus: String, Sendable, Equatable { case created, authorized, captured, refunded, failed }

/// A payment as Razorpay's record has it.
public struct GatewayPayment: Sendable, Equatable {
  public let id: String
  /// Absent for a payment that was made without an order.
  public let orderID: String?
  public let status: GatewayStatus
  public let money: Money

  public init(id: String, orderID: String?, status: GatewayStatus, money: Money) {
    self.id = id
    self.orderID = orderID
    self.status = status
    self.money = money
  }
}

public enum GatewayError: Error, Sendable, Equatable {
  /// No answer, or one that a later try may better. `mayHaveActed`: look before asking again.
  case unavailable(mayHaveActed: Bool)
  /// Razorpay refuses for good.
  case refused(code: String)
  case notFound
}

public protocol PaymentGateway: Sendable {
  /// - Parameter receipt: our order's id; an order can be found by it when the answer was lost.
  func createOrder(receipt: String, _ money: Money) async throws(GatewayError) -> String
  func order(receipt: String) async throws(GatewayError) -> String?
  func payment(_ id: String) async throws(GatewayError) -> GatewayPayment
  func capture(_ id: String, _ money: Money) async throws(GatewayError) -> GatewayPayment
  /// - Parameter key: the same on each try.
  func refund(_ paymentID: String, _ amount: Paise, key: String) async throws(GatewayError)
}
