import Application
import Domain
import FoundationEssentials
import HTTPServing

struct PackResponse: Encodable {
  let id, name: String
  let version: Int
  let talktimeMilliseconds, amount: Int64
  let currency, taxRate: String

  init(_ pack: Pack) {
    id = pack.id
    name = pack.name
    version = pack.version
    talktimeMilliseconds = pack.talkTime.milliseconds
    amount = pack.price.amount.count
    currency = pack.price.currency.code
    taxRate = pack.taxRate.description
  }

  enum CodingKeys: String, CodingKey {
    case id, name, version, talktimeMilliseconds = "talktime_ms", amount, currency, taxRate = "tax_rate"
  }
}

/// Orders in the responses to their owners.
struct OrderResponseComposer: Sendable {
  let keyID: String
  let expiry: Duration

  func callAsFunction(_ order: Order) -> OrderResponse {
    let expiresAt = order.status.awaitsPayment ? order.createdAt + Double(expiry.components.seconds) : nil
    return OrderResponse(order, keyID: keyID, expiresAt: expiresAt)
  }
}

struct OrderResponse: Encodable {
  let id: String
  let razorpayOrderID: String?
  let amount: Int64
  let currency, keyID, packID, status: String
  let talktimeMilliseconds: Int64
  let createdAt: Date
  let expiresAt: Date?
  let state, gstin: String?
  let taxRate: String
  let legacy: Bool?

  fileprivate init(_ order: Order, keyID: String, expiresAt: Date?) {
    id = order.id.description
    razorpayOrderID = order.razorpayOrderID
    amount = order.price.amount.count
    currency = order.price.currency.code
    self.keyID = keyID
    packID = order.packID
    // The order was paid before the upgrade: its talk time is in the opening balance.
    legacy = order.status == .legacy ? true : nil
    status = order.status == .legacy ? OrderStatus.paid.rawValue : order.status.rawValue
    talktimeMilliseconds = order.talkTime.milliseconds
    createdAt = order.createdAt
    self.expiresAt = expiresAt
    state = order.buyer.state?.code
    gstin = order.buyer.gstin?.text
    taxRate = order.taxRate.description
  }

  enum CodingKeys: String, CodingKey {
    case id, razorpayOrderID = "razorpay_order_id", amount, currency, keyID = "key_id", packID = "pack_id", status
    case talktimeMilliseconds = "talktime_ms", createdAt = "created_at", expiresAt = "expires_at", state, gstin
    case taxRate = "tax_rate", legacy
  }
}

struct VerifyPaymentResponse: Encodable {
  enum Status: String, Encodable { case captured, pending, failed, refunded }

  let status: Status
  /// The balance after a captured payment.
  let balance: Int64?

  init(_ outcome: PaymentOutcome) {
    var balance: TalkTime?
    switch outcome {
    case .captured(let after): (status, balance) = (.captured, after)
    case .pending, .stale, .returning, .unasked: status = .pending
    case .failed: status = .failed
    case .returned: status = .refunded
    }
    self.balance = balance?.milliseconds
  }

  enum CodingKeys: String, CodingKey { case status, balance = "balance_ms" }
}

/// The buyer's details for the next order's document, if the order has none.
struct BuyerResponse: Encodable {
  let state, gstin, name, address: String?
  /// Whether the page asks for a state before it orders, because the seller's invoices must name one.
  let asksForState: Bool

  init(_ profile: BuyerProfile, asksForState: Bool) {
    state = profile.buyer.state?.code
    gstin = profile.buyer.gstin?.text
    name = profile.billTo.name
    address = profile.billTo.address
    self.asksForState = asksForState
  }

  enum CodingKeys: String, CodingKey { case state, gstin, name, address, asksForState = "asks_for_state" }
}

/// Other members of the body, such as an amount, are not read: the pack determines the price.
struct PlaceOrderRequest: Decodable {
  let packID: String
  let state, gstin, name, address: String?
  enum CodingKeys: String, CodingKey { case packID = "pack_id", state, gstin, name, address }

  func buyer() throws(BuyerRefusal) -> BuyerTaxDetails { try BuyerTaxDetails.read(state: state, gstin: gstin) }

  func billTo() throws(BuyerRefusal) -> DocumentBillTo { try DocumentBillTo.read(name: name, address: address) }
}

struct VerifyPaymentRequest: Decodable {
  let order, payment, signature: String
  enum CodingKeys: String, CodingKey {
    case order = "razorpay_order_id", payment = "razorpay_payment_id", signature = "razorpay_signature"
  }
}
