import Application
import HTTPServing

extension Problem {
  init(_ error: BillingError) {
    switch error {
    case .unavailable: self = .unavailable(error.code, "The service cannot answer just now. Nothing was charged.")
    case .packNotFound: self = .invalidField("pack_id", code: "unknown", "There is no such pack.")
    case .orderNotFound: self = .notFound("There is no such order.")
    case .invalidSignature: self.init(.badRequest, error, detail: "The signature does not belong to this payment.")
    case .tooManyOpenOrders:
      self.init(.conflict, error, detail: "Too many orders wait for their payment. Pay one, or come again later.")
    case .keyReused: self.init(.unprocessableContent, error, detail: "This key came with another body.")
    case .buyerStateMissing:
      self = .invalidField("state", code: "required", "Say in which state of India you are: the invoice names it.")
    case .paymentMismatch: self.init(.conflict, error, detail: "Razorpay's record of this payment says something else.")
    case .notRefundable: self.init(.conflict, error, detail: "Nothing was credited for this order.")
    case .nothingToRefund: self.init(.conflict, error, detail: "Nothing is left of this order to send back.")
    case .refundExceedsPayment(let left):
      self.init(.conflict, error, detail: "\(left.count) paise of this order's payment are left.")
    case .refundExceedsUnspent(let value):
      self.init(
        .conflict, error, detail: "The time that is left of this order is worth \(value.count) paise; force sends more."
      )
    case .refundRefused: self.init(.conflict, error, detail: "Razorpay refuses this refund. Nothing was sent back.")
    }
  }
}

@discardableResult
func reading<T>(_ body: () async throws(BillingError) -> T) async throws(Problem) -> T {
  do { return try await body() } catch { throw Problem(error) }
}
