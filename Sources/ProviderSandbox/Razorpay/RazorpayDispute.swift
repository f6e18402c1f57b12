/// A cardholder's complaint to the bank about a payment.
struct RazorpayDispute: RazorpayEntity {
  /// The events of a dispute; each is the last part of an event's name.
  enum Outcome: String, Sendable, CaseIterable {
    case created, underReview = "under_review", actionRequired = "action_required", won, lost, closed

    /// The dispute's status after the event.
    var status: String {
      switch self {
      case .created, .actionRequired: "open"
      case .underReview, .won, .lost, .closed: rawValue
      }
    }
  }

  let id: String
  let paymentID: String
  /// In paise, or in the smallest unit of another currency; may be less than the payment.
  let amount: Int
  let currency: String
  let reasonCode: String
  let phase: String
  var outcome = Outcome.created
  let createdAt: Int

  var isDecided: Bool { [.won, .lost, .closed].contains(outcome) }

  var json: JSON {
    [
      "id": .string(id), "entity": "dispute", "payment_id": .string(paymentID), "amount": .int(amount),
      "currency": .string(currency), "amount_deducted": .int(outcome == .lost ? amount : 0),
      "reason_code": .string(reasonCode), "respond_by": .int(createdAt + 7 * 86_400),
      "status": .string(outcome.status), "evidence": evidence, "phase": .string(phase), "created_at": .int(createdAt),
    ]
  }

  private var evidence: JSON {
    let proofs = [
      "summary", "shipping_proof", "billing_proof", "cancellation_proof", "customer_communication",
      "proof_of_service", "explanation_letter", "refund_confirmation", "access_activity_log",
      "refund_cancellation_policy", "term_and_conditions", "others", "submitted_at",
    ]
    return JSON.object(Dictionary(uniqueKeysWithValues: proofs.map { ($0, JSON.null) }))
      .merged(with: ["amount": .int(amount)])
  }
}
