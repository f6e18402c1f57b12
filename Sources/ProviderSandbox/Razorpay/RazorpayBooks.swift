/// Everything Razorpay knows: orders, payments, refunds and disputes, and what happened to them.
actor RazorpayBooks {
  var orders: [String: RazorpayOrder] = [:]
  var payments: [String: RazorpayPayment] = [:]
  var refunds: [String: RazorpayRefund] = [:]
  var disputes: [String: RazorpayDispute] = [:]
  /// In order of creation, the oldest first.
  var orderIDs: [String] = []
  var paymentIDs: [String] = []
  var refundIDs: [String] = []
  /// Refunds by `X-Refund-Idempotency`, with the body they were asked for.
  var refundKeys: [String: (request: JSON, refundID: String)] = [:]

  func createOrder(_ request: JSON) throws -> JSON {
    guard let amount = request["amount"]?.int else {
      throw RazorpayFailure.bad("The amount field is required.", field: "amount")
    }
    guard amount >= 100 else {
      throw RazorpayFailure.bad("Order amount less than minimum amount allowed", field: "amount")
    }
    guard let currency = request["currency"]?.string else {
      throw RazorpayFailure.bad("The currency field is required.", field: "currency")
    }
    guard currency.count == 3, currency == currency.uppercased() else {
      throw RazorpayFailure.bad("The currency provided is invalid.", field: "currency")
    }
    let receipt = request["receipt"]?.string
    guard (receipt?.count ?? 0) <= 40 else {
      throw RazorpayFailure.bad("The receipt may not be greater than 40 characters.", field: "receipt")
    }
    let order = RazorpayOrder(
      id: identifier("order_", length: 14), amount: amount, currency: currency, receipt: receipt,
      notes: try Self.notes(request["notes"]), createdAt: unixNow())
    orders[order.id] = order
    orderIDs.append(order.id)
    return order.json
  }

  func order(_ id: String) throws -> JSON {
    guard let order = orders[id] else { throw RazorpayFailure.unknownID }
    return order.json
  }

  func editOrder(_ id: String, notes: JSON?) throws -> JSON {
    guard orders[id] != nil else { throw RazorpayFailure.unknownID }
    orders[id]?.notes = try Self.notes(notes)
    return try order(id)
  }

  /// Newest first, as Razorpay lists; `receipt` picks those that carry it.
  func listOrders(receipt: String?, page: RazorpayPage) -> JSON {
    page.collection(
      orderIDs.reversed().compactMap { orders[$0] }.filter { receipt == nil || $0.receipt == receipt }.map(\.json))
  }

  func payments(ofOrder id: String) throws -> JSON {
    guard orders[id] != nil else { throw RazorpayFailure.unknownID }
    return RazorpayPage.all.collection(
      paymentIDs.reversed().compactMap { payments[$0] }.filter { $0.orderID == id }.map(\.json))
  }

  func payment(_ id: String) throws -> JSON {
    guard let payment = payments[id] else { throw RazorpayFailure.unknownID }
    return payment.json
  }

  func listPayments(page: RazorpayPage) -> JSON {
    page.collection(paymentIDs.reversed().compactMap { payments[$0]?.json })
  }

  /// Notes are an object; an empty one is written as an empty array.
  static func notes(_ notes: JSON?) throws -> JSON {
    guard let members = notes?.object, !members.isEmpty else { return [] }
    guard members.count <= 15 else {
      throw RazorpayFailure.bad("You can add a maximum of 15 key-value pairs in notes.", field: "notes")
    }
    guard members.allSatisfy({ $0.key.count <= 256 && ($0.value.string?.count ?? 0) <= 256 }) else {
      throw RazorpayFailure.bad("Each note may not be greater than 256 characters.", field: "notes")
    }
    return .object(members)
  }
}

/// Razorpay's paging.
struct RazorpayPage: Sendable {
  let count: Int
  let skip: Int

  static let all = RazorpayPage(count: .max, skip: 0)

  func collection(_ items: [JSON]) -> JSON {
    let page = Array(items.dropFirst(skip).prefix(count))
    return ["entity": "collection", "count": .int(page.count), "items": .array(page)]
  }
}
