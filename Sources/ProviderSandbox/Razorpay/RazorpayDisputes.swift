extension RazorpayBooks {
  /// A cardholder disputes a payment, or the dispute goes on. Any outcome but `created` opens one first if none is.
  func dispute(
    _ paymentID: String, outcome: String, amount: Int?
  ) throws -> (dispute: JSON, events: [RazorpayEvent]) {
    guard let payment = payments[paymentID] else { throw RazorpayFailure.unknownID }
    guard ["created", "under_review", "action_required", "won", "lost", "closed"].contains(outcome) else {
      throw ControlFailure("outcome must be created, under_review, action_required, won, lost or closed")
    }
    var events: [RazorpayEvent] = []
    var dispute: RazorpayDispute
    if let open = disputes.values.first(where: { $0.paymentID == paymentID }) {
      dispute = open
    } else {
      dispute = RazorpayDispute(
        id: identifier("disp_", length: 14), paymentID: paymentID, amount: amount ?? payment.amount,
        currency: payment.currency, status: "open", createdAt: unixNow())
      events.append(event("created", dispute, payment))
    }
    if outcome != "created" {
      dispute.status = outcome
      events.append(event(outcome, dispute, payment))
    }
    disputes[dispute.id] = dispute
    return (dispute.json, events)
  }

  private func event(_ outcome: String, _ dispute: RazorpayDispute, _ payment: RazorpayPayment) -> RazorpayEvent {
    RazorpayEvent(
      name: "payment.dispute.\(outcome)", entities: [("payment", payment.json), ("dispute", dispute.json)])
  }
}
