/// An order: an amount to be paid.
struct RazorpayOrder: RazorpayEntity {
  let id: String
  let amount: Int
  let currency: String
  let receipt: String?
  var notes: JSON
  var amountPaid = 0
  var attempts = 0
  var status = "created"
  let createdAt: Int

  var json: JSON {
    [
      "id": .string(id), "entity": "order", "amount": .int(amount), "amount_paid": .int(amountPaid),
      "amount_due": .int(amount - amountPaid), "currency": .string(currency), "receipt": .optional(receipt),
      "offer_id": .null, "status": .string(status), "attempts": .int(attempts), "notes": notes,
      "created_at": .int(createdAt),
    ]
  }
}

/// A payment: one attempt at an order.
struct RazorpayPayment: RazorpayEntity {
  let id: String
  let orderID: String
  let amount: Int
  let currency: String
  let email: String
  var notes: JSON
  var status: String
  var captured: Bool
  var amountRefunded = 0
  /// The fee that was added to the order's amount, if the dashboard lets the customer bear it.
  var customerFee: Int?
  let createdAt: Int

  /// Takes `paise` for a refund. A negative value puts them back after a failed refund.
  mutating func giveBack(_ paise: Int) {
    amountRefunded += paise
    status = amountRefunded == amount ? "refunded" : captured ? "captured" : "authorized"
  }

  /// The tax of 18 % on Razorpay's fee of 2 %, in paise.
  private var tax: Int { Self.tax(on: amount - (customerFee ?? 0)) }
  private static func tax(on price: Int) -> Int { price * 2 / 100 * 18 / 100 }
  /// Razorpay's fee for an order's amount, tax included.
  static func fee(on price: Int) -> Int { price * 2 / 100 + tax(on: price) }

  private var refundStatus: JSON {
    amountRefunded == 0 ? .null : amountRefunded < amount ? "partial" : "full"
  }

  var json: JSON {
    let failed = status == "failed"
    let isFeeKnown = captured || customerFee != nil
    let json: JSON = [
      "id": .string(id), "entity": "payment", "amount": .int(amount), "base_amount": .int(amount),
      "currency": .string(currency), "status": .string(status), "order_id": .string(orderID), "invoice_id": .null,
      "international": false, "method": "netbanking", "amount_refunded": .int(amountRefunded),
      "amount_transferred": 0, "refund_status": refundStatus, "captured": .bool(captured), "description": .null,
      "card_id": .null, "bank": "HDFC", "wallet": .null, "vpa": .null, "email": .string(email),
      "contact": "+919000090000", "notes": notes,
      "fee": isFeeKnown ? .int(customerFee ?? Self.fee(on: amount)) : .null, "tax": isFeeKnown ? .int(tax) : .null,
      "error_code": failed ? "BAD_REQUEST_ERROR" : .null,
      "error_description": failed ? "Payment failed due to insufficient balance in your account" : .null,
      "error_source": failed ? "customer" : .null, "error_step": failed ? "payment_authorization" : .null,
      "error_reason": failed ? "payment_failed" : .null,
      "acquirer_data": ["bank_transaction_id": failed ? .null : "0125836177"], "created_at": .int(createdAt),
    ]
    guard customerFee != nil, var members = json.object else { return json }
    members["fee_bearer"] = "customer"
    return .object(members)
  }
}
