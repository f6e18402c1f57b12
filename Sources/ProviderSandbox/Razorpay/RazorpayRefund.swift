/// Money on its way back to a customer.
struct RazorpayRefund: RazorpayEntity {
  /// A refund counts in its payment's `amount_refunded` unless it failed.
  enum Status: String, Sendable {
    case pending, processed, failed
  }

  let id: String
  let paymentID: String
  /// Paise, or the smallest unit of another currency.
  let amount: Int
  let currency: String
  var notes: JSON
  let receipt: String?
  let speed: String
  var status: Status
  let createdAt: Int

  var json: JSON {
    [
      "id": .string(id), "entity": "refund", "amount": .int(amount), "currency": .string(currency),
      "payment_id": .string(paymentID), "notes": notes, "receipt": .optional(receipt),
      "acquirer_data": ["arn": .null], "created_at": .int(createdAt), "batch_id": .null,
      "status": .string(status.rawValue), "speed_processed": "normal", "speed_requested": .string(speed),
    ]
  }
}
