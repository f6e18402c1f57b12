import Application
import Domain
import FoundationEssentials
import HTTPServing

struct PackAnswer: Encodable {
  let id, name: String
  let talktimeMilliseconds: Int64
  let amount: Int64
  let currency: String

  init(_ pack: Pack) {
    id = pack.id
    name = pack.name
    talktimeMilliseconds = pack.talkTime.milliseconds
    amount = pack.price.amount.count
    currency = pack.price.currency.code
  }

  enum CodingKeys: String, CodingKey { case id, name, talktimeMilliseconds = "talktime_ms", amount, currency }
}

struct OrderAnswer: Encodable {
  let id: String
  let razorpayOrderID: String?
  let amount: Int64
  let currency: String
  let keyID: String
  let packID, status: String
  let talktimeMilliseconds: Int64
  let createdAt: Date

  init(_ order: Order, keyID: String) {
    id = order.id.description
    razorpayOrderID = order.razorpayOrderID
    amount = order.price.amount.count
    currency = order.price.currency.code
    self.keyID = keyID
    packID = order.packID
    status = order.status.rawValue
    talktimeMilliseconds = order.talkTime.milliseconds
    createdAt = order.createdAt
  }

  enum CodingKeys: String, CodingKey {
    case id, razorpayOrderID = "razorpay_order_id", amount, currency, keyID = "key_id", packID = "pack_id", status
    case talktimeMilliseconds = "talktime_ms", createdAt = "created_at"
  }
}

struct VerifyAnswer: Encodable {
  let status: String
  let balance: Int64?
  enum CodingKeys: String, CodingKey { case status, balance = "balance_ms" }
}

struct OrderBody: Decodable {
  let packID: String
  enum CodingKeys: String, CodingKey { case packID = "pack_id" }
}

struct VerifyBody: Decodable {
  let order, payment, signature: String
  enum CodingKeys: String, CodingKey {
    case order = "razorpay_order_id", payment = "razorpay_payment_id", signature = "razorpay_signature"
  }
}

extension Problem {
  init(_ error: BillingError) {
    switch error {
    case .unavailable: self = .unavailable(error.code, "The service cannot answer just now. Nothing was charged.")
    case .packNotFound: self = .invalidField("pack_id", code: "unknown", "There is no such pack.")
    case .orderNotFound: self = .notFound("There is no such order.")
    case .invalidSignature: self.init(.badRequest, error, detail: "The signature does not belong to this payment.")
    case .paymentMismatch: self.init(.conflict, error, detail: "Razorpay's record of this payment says something else.")
    }
  }
}
