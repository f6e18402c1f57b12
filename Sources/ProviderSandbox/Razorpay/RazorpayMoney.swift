/// Something that a webhook tells: its name and the entities that it carries.
struct RazorpayEvent: Sendable {
  let name: String
  let entities: [(name: String, json: JSON)]

  /// The body, as Razorpay documents it.
  var body: JSON {
    [
      "entity": "event", "account_id": "acc_SandboxSandbox", "event": .string(name),
      "contains": .array(entities.map { .string($0.name) }),
      "payload": .object(
        Dictionary(entities.map { ($0.name, ["entity": $0.json]) }) { _, last in last }),
      "created_at": .int(unixNow()),
    ]
  }
}

/// How a customer's attempt ends.
enum RazorpayOutcome: String, Sendable {
  case captured, authorized, failed
}

extension RazorpayBooks {
  /// A customer pays, or fails to. With `paymentID` an earlier failed attempt turns authorized after all.
  func attempt(
    orderID: String, outcome: RazorpayOutcome, email: String, paymentID: String? = nil
  ) throws -> (paymentID: String, events: [RazorpayEvent]) {
    guard let order = orders[orderID] else { throw RazorpayFailure.unknownID }
    guard order.status != "paid" else { throw RazorpayFailure.bad("Payment already done for this order.") }
    var payment: RazorpayPayment
    if let paymentID {
      guard let earlier = payments[paymentID], earlier.orderID == orderID, earlier.status == "failed" else {
        throw RazorpayFailure.bad("Only a failed payment of this order can turn authorized late.")
      }
      payment = earlier
    } else {
      payment = RazorpayPayment(
        id: identifier("pay_", length: 14), orderID: orderID, amount: order.amount, currency: order.currency,
        email: email, notes: order.notes, status: "created", captured: false, createdAt: unixNow())
      paymentIDs.append(payment.id)
      orders[orderID]?.attempts += 1
    }
    orders[orderID]?.status = "attempted"
    payment.status = outcome == .failed ? "failed" : "authorized"
    payments[payment.id] = payment
    var events = [
      RazorpayEvent(
        name: outcome == .failed ? "payment.failed" : "payment.authorized", entities: [("payment", payment.json)])
    ]
    if outcome == .captured { events += markCaptured(payment.id) }
    return (payment.id, events)
  }

  /// The merchant takes an authorized payment.
  func capture(_ id: String, request: JSON) throws -> (payment: JSON, events: [RazorpayEvent]) {
    guard let payment = payments[id] else { throw RazorpayFailure.unknownID }
    guard let amount = request["amount"]?.int else {
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
    let events = markCaptured(id)
    return (try self.payment(id), events)
  }

  private func markCaptured(_ id: String) -> [RazorpayEvent] {
    guard var payment = payments[id], var order = orders[payment.orderID] else { return [] }
    payment.status = "captured"
    payment.captured = true
    order.status = "paid"
    order.amountPaid = order.amount
    payments[id] = payment
    orders[order.id] = order
    return [
      RazorpayEvent(name: "payment.captured", entities: [("payment", payment.json)]),
      RazorpayEvent(name: "order.paid", entities: [("payment", payment.json), ("order", order.json)]),
    ]
  }

  /// Refunds all that is left, or `amount`; the same key brings the same refund.
  func refund(
    _ paymentID: String, request: JSON, key: String?
  ) throws -> (refund: JSON, events: [RazorpayEvent]) {
    if let key {
      guard key.count >= 10, key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
      else {
        throw RazorpayFailure.bad("The idempotency key must have at least 10 letters, digits, '-' or '_'.")
      }
      if let earlier = refundKeys[key], let refund = refunds[earlier.refundID] {
        guard earlier.request == request, refund.paymentID == paymentID else {
          throw RazorpayFailure.bad("Different request body sent for the same Idempotency Header")
        }
        return (refund.json, [])
      }
    }
    let refund = try openRefund(paymentID, request: request)
    if let key { refundKeys[key] = (request, refund.id) }
    return (refund.json, refundEvents(refund, "refund.created", "refund.processed"))
  }

  private func openRefund(_ paymentID: String, request: JSON) throws -> RazorpayRefund {
    guard var payment = payments[paymentID] else { throw RazorpayFailure.unknownID }
    guard payment.captured else {
      throw RazorpayFailure.bad("The payment status should be captured for action to be taken")
    }
    let left = payment.amount - payment.amountRefunded
    guard left > 0 else { throw RazorpayFailure.bad("The payment has been fully refunded already") }
    let amount = request["amount"]?.int ?? left
    guard amount >= 100 || amount == left else {
      throw RazorpayFailure.bad("The amount must be atleast INR 1.00", field: "amount")
    }
    guard amount <= left else {
      throw RazorpayFailure.bad(
        "The refund amount provided is greater than amount captured", field: "amount")
    }
    payment.amountRefunded += amount
    if payment.amountRefunded == payment.amount { payment.status = "refunded" }
    payments[paymentID] = payment
    let refund = RazorpayRefund(
      id: identifier("rfnd_", length: 14), paymentID: paymentID, amount: amount, currency: payment.currency,
      notes: try Self.notes(request["notes"]), receipt: request["receipt"]?.string,
      speed: request["speed"]?.string ?? "normal", status: "processed", createdAt: unixNow())
    refunds[refund.id] = refund
    refundIDs.append(refund.id)
    return refund
  }

  func refundEvents(_ refund: RazorpayRefund, _ names: String...) -> [RazorpayEvent] {
    guard let payment = payments[refund.paymentID] else { return [] }
    return names.map { RazorpayEvent(name: $0, entities: [("refund", refund.json), ("payment", payment.json)]) }
  }

  /// The bank returns a refund's money: the payment is as before.
  func failRefund(_ id: String) throws -> (refund: JSON, events: [RazorpayEvent]) {
    guard var refund = refunds[id], refund.status != "failed" else { throw RazorpayFailure.unknownID }
    refund.status = "failed"
    refunds[id] = refund
    payments[refund.paymentID]?.amountRefunded -= refund.amount
    payments[refund.paymentID]?.status = "captured"
    return (refund.json, refundEvents(refund, "refund.failed"))
  }

  func refund(_ id: String) throws -> JSON {
    guard let refund = refunds[id] else { throw RazorpayFailure.unknownID }
    return refund.json
  }

  func listRefunds(paymentID: String?, page: RazorpayPage) throws -> JSON {
    if let paymentID, payments[paymentID] == nil { throw RazorpayFailure.unknownID }
    return page.collection(
      refundIDs.reversed().compactMap { refunds[$0] }.filter { paymentID == nil || $0.paymentID == paymentID }
        .map(\.json))
  }
}
