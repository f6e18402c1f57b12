extension RazorpayStore {
  /// Opens a dispute for a payment, or moves one on. `created` always opens a new one, for the whole payment by
  /// default. Any other outcome applies to the newest undecided dispute, and opens one first if there is none.
  func dispute(
    _ paymentID: String, outcome: RazorpayDispute.Outcome, terms: JSON
  ) throws -> (dispute: JSON, events: [RazorpayEvent]) {
    let payment = try payments.find(paymentID)
    var events: [RazorpayEvent] = []
    var dispute: RazorpayDispute
    if let id = terms["dispute_id"]?.string {
      dispute = try disputes.find(id)
      guard dispute.paymentID == paymentID else { throw RazorpayFailure.unknownID }
    } else if outcome != .created, let open = undecidedDispute(of: paymentID) {
      dispute = open
    } else {
      dispute = RazorpayDispute(
        id: identifier("disp_", length: 14), paymentID: paymentID, amount: terms["amount"]?.int ?? payment.amount,
        currency: payment.currency, reasonCode: terms["reason_code"]?.string ?? "chargeback_authorization",
        phase: terms["phase"]?.string ?? "chargeback", createdAt: unixNow())
      events.append(Self.event(dispute, payment))
    }
    if outcome != .created {
      dispute.outcome = outcome
      events.append(Self.event(dispute, payment))
    }
    disputes.put(dispute)
    return (dispute.json, events)
  }

  func dispute(_ id: String) throws -> JSON { try disputes.find(id).json }

  func listDisputes(page: RazorpayPage) -> JSON { page.collection(disputes.newestFirst) }

  private func undecidedDispute(of paymentID: String) -> RazorpayDispute? {
    disputes.newestFirst.first { $0.paymentID == paymentID && !$0.isDecided }
  }

  private static func event(_ dispute: RazorpayDispute, _ payment: RazorpayPayment) -> RazorpayEvent {
    RazorpayEvent(
      name: "payment.dispute.\(dispute.outcome.rawValue)",
      entities: [("payment", payment.json), ("dispute", dispute.json)])
  }
}
