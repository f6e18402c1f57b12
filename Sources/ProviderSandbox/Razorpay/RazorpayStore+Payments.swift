/// The result of a customer's attempt to pay.
enum RazorpayOutcome: String, Sendable, CaseIterable {
  case captured, authorized, failed
}

extension RazorpayStore {
  /// A customer pays, or fails to. With `paymentID` an earlier failed attempt becomes authorized after all. `force`
  /// lets a paid order be paid once more, because two attempts can both become authorized late. `customerBearsFee` adds
  /// Razorpay's fee to the order's amount.
  func attempt(
    orderID: String, outcome: RazorpayOutcome, email: String, paymentID: String? = nil, force: Bool = false,
    customerBearsFee: Bool = false
  ) throws -> (paymentID: String, events: [RazorpayEvent]) {
    var order = try orders.find(orderID)
    guard force || order.status != "paid" else { throw RazorpayFailure.bad("Payment already done for this order.") }
    var payment: RazorpayPayment
    if let paymentID {
      payment = try failedPayment(paymentID, of: order)
    } else {
      let fee = customerBearsFee ? RazorpayPayment.fee(on: order.amount) : nil
      payment = RazorpayPayment(
        id: identifier("pay_", length: 14), orderID: orderID, amount: order.amount + (fee ?? 0),
        currency: order.currency, email: email, notes: order.notes, status: "created", captured: false,
        customerFee: fee, createdAt: unixNow())
      order.attempts += 1
    }
    if order.status != "paid" { order.status = "attempted" }
    payment.status = outcome == .failed ? "failed" : "authorized"
    orders.put(order)
    payments.put(payment)
    var events = [
      RazorpayEvent(
        name: outcome == .failed ? "payment.failed" : "payment.authorized", entities: [("payment", payment.json)])
    ]
    if outcome == .captured { events += try markCaptured(payment) }
    return (payment.id, events)
  }

  private func failedPayment(_ id: String, of order: RazorpayOrder) throws -> RazorpayPayment {
    guard let payment = payments[id], payment.orderID == order.id, payment.status == "failed" else {
      throw RazorpayFailure.bad("Only a failed payment of this order can turn authorized late.")
    }
    return payment
  }

  /// The merchant captures an authorized payment.
  func capture(_ id: String, request: JSON) throws -> (payment: JSON, events: [RazorpayEvent]) {
    let payment = try payments.find(id)
    guard let amount = request["amount"]?.amount else {
      throw RazorpayFailure.bad("The amount field is required.", field: "amount")
    }
    guard payment.status != "captured", payment.status != "refunded" else {
      throw RazorpayFailure.bad("This payment has already been captured")
    }
    guard payment.status == "authorized" else {
      throw RazorpayFailure.bad("Only payments which have been authorized and not yet captured can be captured")
    }
    guard amount == payment.amount, request["currency"]?.string ?? "INR" == payment.currency else {
      throw RazorpayFailure.bad(
        "Capture amount must be equal to the amount authorized", field: "amount")
    }
    let events = try markCaptured(payment)
    return (try self.payment(id), events)
  }

  private func markCaptured(_ authorized: RazorpayPayment) throws -> [RazorpayEvent] {
    var (payment, order) = (authorized, try orders.find(authorized.orderID))
    let paidBefore = order.status == "paid"
    payment.status = "captured"
    payment.captured = true
    order.status = "paid"
    order.amountPaid = order.amount
    payments.put(payment)
    orders.put(order)
    let captured = RazorpayEvent(name: "payment.captured", entities: [("payment", payment.json)])
    // An order becomes paid once, even if further payments arrive later.
    guard !paidBefore else { return [captured] }
    return [
      captured, RazorpayEvent(name: "order.paid", entities: [("payment", payment.json), ("order", order.json)]),
    ]
  }

  func payment(_ id: String) throws -> JSON { try payments.find(id).json }

  func editPayment(_ id: String, notes: JSON?) throws -> JSON {
    var payment = try payments.find(id)
    payment.notes = try Self.notes(notes)
    payments.put(payment)
    return payment.json
  }

  func listPayments(page: RazorpayPage) -> JSON { page.collection(payments.newestFirst) }
}
