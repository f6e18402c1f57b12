/// Razorpay's state: orders, payments, refunds and disputes, and their history.
actor RazorpayStore {
  var orders = RazorpayShelf<RazorpayOrder>()
  var payments = RazorpayShelf<RazorpayPayment>()
  var refunds = RazorpayShelf<RazorpayRefund>()
  var disputes = RazorpayShelf<RazorpayDispute>()
  /// Refunds by `X-Refund-Idempotency`, with the body of their request.
  var refundKeys: [String: (request: JSON, refundID: String)] = [:]
  /// The status of a refund requested over the API; the setting for one payment has precedence over the one for all.
  var refundStatus = RazorpayRefund.Status.processed
  var refundStatuses: [String: RazorpayRefund.Status] = [:]

  func createOrder(_ request: JSON) throws -> JSON {
    guard let amount = request["amount"]?.amount else {
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
    orders.put(order)
    return order.json
  }

  func order(_ id: String) throws -> JSON { try orders.find(id).json }

  func editOrder(_ id: String, notes: JSON?) throws -> JSON {
    var order = try orders.find(id)
    order.notes = try Self.notes(notes)
    orders.put(order)
    return order.json
  }

  /// With `receipt`, lists only the orders that have it.
  func listOrders(receipt: String?, page: RazorpayPage) -> JSON {
    page.collection(orders.newestFirst.filter { receipt == nil || $0.receipt == receipt })
  }

  func payments(ofOrder id: String) throws -> JSON {
    _ = try orders.find(id)
    return RazorpayPage.all.collection(payments.newestFirst.filter { $0.orderID == id })
  }

  /// The entity with this id, of any kind.
  func entity(_ id: String) throws -> JSON {
    guard let json = orders[id]?.json ?? payments[id]?.json ?? refunds[id]?.json ?? disputes[id]?.json else {
      throw RazorpayFailure.unknownID
    }
    return json
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
