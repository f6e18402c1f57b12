import Application
import Domain

/// What of Razorpay's payment we read.
struct PaymentAnswer: Decodable {
  let id: String
  let order_id: String?
  let status: String
  let amount: Int64
  let currency: String
  let amount_refunded: Int64?

  func payment() throws(GatewayError) -> GatewayPayment {
    guard let status = GatewayStatus(rawValue: status), let currency = Currency(currency) else {
      throw .unavailable(mayHaveActed: true)
    }
    return GatewayPayment(
      id: id, orderID: order_id, status: status, money: Money(Paise(amount), currency),
      refunded: Paise(amount_refunded ?? 0))
  }
}

/// What of Razorpay's refund we read.
struct RefundAnswer: Decodable {
  let id: String
  let payment_id: String
  let status: String
  let amount: Int64
  let currency: String
  let receipt: String?

  func refund() throws(GatewayError) -> GatewayRefund {
    guard let status = GatewayRefund.Status(rawValue: status), let currency = Currency(currency) else {
      throw .unavailable(mayHaveActed: true)
    }
    return GatewayRefund(
      id: id, paymentID: payment_id, money: Money(Paise(amount), currency), status: status, receipt: receipt)
  }
}

struct Listing<Item: Decodable>: Decodable { let items: [Item] }

extension Listing<PaymentAnswer> {
  func payments() throws(GatewayError) -> [GatewayPayment] {
    var found: [GatewayPayment] = []
    for item in items { found.append(try item.payment()) }
    return found
  }
}

extension Listing<RefundAnswer> {
  func refunds() throws(GatewayError) -> [GatewayRefund] {
    var found: [GatewayRefund] = []
    for item in items { found.append(try item.refund()) }
    return found
  }
}
