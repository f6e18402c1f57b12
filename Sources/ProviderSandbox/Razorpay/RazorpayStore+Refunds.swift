/// A refund, and the events that report it.
typealias RazorpayRefundChange = (refund: JSON, events: [RazorpayEvent])

extension RazorpayStore {
  /// The API's refund: refunds all that is left, or `amount`. The same key returns the same refund.
  func refund(_ paymentID: String, request: JSON, key: String?) throws -> RazorpayRefundChange {
    if let earlier = try refund(ofKey: key, paymentID: paymentID, request: request) { return (earlier.json, []) }
    let change = try refund(
      paymentID, request: request, status: refundStatuses[paymentID] ?? refundStatus)
    if let key, let id = change.refund["id"]?.string { refundKeys[key] = (request, id) }
    return change
  }

  /// Refunds a captured payment, at once or as `pending` while the bank takes its time.
  func refund(
    _ paymentID: String, request: JSON, status: RazorpayRefund.Status
  ) throws -> RazorpayRefundChange {
    let payment = try payments.find(paymentID)
    guard payment.captured else {
      throw RazorpayFailure.bad("The payment status should be captured for action to be taken")
    }
    return try give(try Self.amount(of: payment, request: request), of: payment, request: request, status: status)
  }

  /// Razorpay's own refund of an authorized payment that was not captured in time. The payment stays uncaptured, which
  /// distinguishes this refund from the merchant's own.
  func expire(_ paymentID: String) throws -> RazorpayRefundChange {
    let payment = try payments.find(paymentID)
    guard payment.status == "authorized" else {
      throw ControlFailure("only an authorized payment is refunded by itself", status: .conflict)
    }
    return try give(payment.amount, of: payment, request: [:], status: .processed)
  }

  /// The bank has paid out a pending refund.
  func processRefund(_ id: String) throws -> RazorpayRefundChange {
    var refund = try refunds.find(id)
    guard refund.status == .pending else {
      throw ControlFailure("the refund is \(refund.status.rawValue)", status: .conflict)
    }
    refund.status = .processed
    refunds.put(refund)
    return (refund.json, try events(refund, "refund.processed"))
  }

  /// The bank returns a refund's money: the payment is as it was before.
  func failRefund(_ id: String) throws -> RazorpayRefundChange {
    var refund = try refunds.find(id)
    guard refund.status != .failed else { throw ControlFailure("the refund is failed", status: .conflict) }
    var payment = try payments.find(refund.paymentID)
    refund.status = .failed
    payment.giveBack(-refund.amount)
    refunds.put(refund)
    payments.put(payment)
    return (refund.json, try events(refund, "refund.failed"))
  }

  /// Sets the status of refunds that are requested from now on, for one payment or for all.
  func setRefundStatus(_ status: RazorpayRefund.Status, paymentID: String?) {
    if let paymentID { refundStatuses[paymentID] = status } else { refundStatus = status }
  }

  func refund(_ id: String) throws -> JSON { try refunds.find(id).json }

  func refund(_ id: String, ofPayment paymentID: String) throws -> JSON {
    let refund = try refunds.find(id)
    guard refund.paymentID == paymentID else { throw RazorpayFailure.unknownID }
    return refund.json
  }

  func editRefund(_ id: String, notes: JSON?) throws -> JSON {
    var refund = try refunds.find(id)
    refund.notes = try Self.notes(notes)
    refunds.put(refund)
    return refund.json
  }

  func listRefunds(paymentID: String?, page: RazorpayPage) throws -> JSON {
    if let paymentID { _ = try payments.find(paymentID) }
    return page.collection(refunds.newestFirst.filter { paymentID == nil || $0.paymentID == paymentID })
  }

  private func refund(ofKey key: String?, paymentID: String, request: JSON) throws -> RazorpayRefund? {
    guard let key else { return nil }
    guard key.count >= 10, key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    else {
      throw RazorpayFailure.bad("The idempotency key must have at least 10 letters, digits, '-' or '_'.")
    }
    guard let earlier = refundKeys[key], let refund = refunds[earlier.refundID] else { return nil }
    guard earlier.request == request, refund.paymentID == paymentID else {
      throw RazorpayFailure.bad("Different request body sent for the same Idempotency Header")
    }
    return refund
  }

  private func give(
    _ amount: Int, of paid: RazorpayPayment, request: JSON, status: RazorpayRefund.Status
  ) throws -> RazorpayRefundChange {
    var payment = paid
    let refund = RazorpayRefund(
      id: identifier("rfnd_", length: 14), paymentID: payment.id, amount: amount, currency: payment.currency,
      notes: try Self.notes(request["notes"]), receipt: request["receipt"]?.string, speed: try Self.speed(request),
      status: status, createdAt: unixNow())
    payment.giveBack(amount)
    payments.put(payment)
    refunds.put(refund)
    var told = try events(refund, "refund.created")
    if status == .processed { told += try events(refund, "refund.processed") }
    return (refund.json, told)
  }

  private func events(_ refund: RazorpayRefund, _ name: String) throws -> [RazorpayEvent] {
    let payment = try payments.find(refund.paymentID)
    return [RazorpayEvent(name: name, entities: [("refund", refund.json), ("payment", payment.json)])]
  }
}

extension RazorpayStore {
  /// The amount of a refund request in paise, within what is left of the payment.
  fileprivate static func amount(of payment: RazorpayPayment, request: JSON) throws -> Int {
    let left = payment.amount - payment.amountRefunded
    guard left > 0 else { throw RazorpayFailure.bad("The payment has been fully refunded already") }
    guard let wanted = request["amount"] else { return left }
    guard let amount = wanted.amount else {
      throw RazorpayFailure.bad("The amount must be an integer.", field: "amount")
    }
    guard amount >= 100 || amount == left else {
      throw RazorpayFailure.bad("The amount must be atleast INR 1.00", field: "amount")
    }
    guard amount <= left else {
      throw RazorpayFailure.bad("The refund amount provided is greater than amount captured", field: "amount")
    }
    return amount
  }

  fileprivate static func speed(_ request: JSON) throws -> String {
    let speed = request["speed"]?.string ?? "normal"
    guard ["normal", "optimum"].contains(speed) else {
      throw RazorpayFailure.bad("The speed must be normal or optimum.", field: "speed")
    }
    return speed
  }
}
