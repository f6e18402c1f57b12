import Application
import Domain
import HTTPServing

extension ProblemTable {
  /// The problem that a client of /billing receives for each error.
  static let billing = ProblemTable.edge
    .adding(BillingError.self) { error in
      switch error {
      case .unavailable: .unavailable("The service cannot answer just now. Nothing was charged.")
      case .packNotFound: .invalidField("pack_id", code: "unknown", "There is no such pack.")
      case .orderNotFound: .notFound("There is no such order.")
      case .invalidSignature: .refused(.badRequest, "The signature does not belong to this payment.")
      case .tooManyOpenOrders: .conflict("Too many orders wait for their payment. Pay one, or come again later.")
      case .keyReused: .refused(.unprocessableContent, "This key came with another body.")
      case .buyerStateMissing:
        .invalidField("state", code: "required", "Say in which state of India you are: the invoice names it.")
      case .paymentMismatch: .conflict("Razorpay's record of this payment says something else.")
      case .notRefundable: .conflict("Nothing was credited for this order.")
      case .nothingToRefund: .conflict("Nothing is left of this order to send back.")
      case .refundExceedsPayment(let left): .conflict("\(left.count) paise of this order's payment are left.")
      case .refundExceedsUnspent(let value):
        .conflict("The time that is left of this order is worth \(value.count) paise; force sends more.")
      case .dailyCapReached: .forbidden("This is above what you may refund today. An admin can do it.")
      case .refundRefused: .conflict("Razorpay refuses this refund. Nothing was sent back.")
      }
    }
    .adding(ReadOrderDocumentsError.self) { error in
      switch error {
      case .unavailable: .unavailable("The service cannot answer just now.")
      case .notFound: .notFound("There is no such receipt.")
      case .creditNoteNotFound: .notFound("There is no such credit note.")
      case .debitNoteNotFound: .notFound("There is no such debit note.")
      case .notPaid: .conflict("The order is not paid. Its receipt comes with the payment.")
      }
    }
    .adding(ReadStatementError.self) { error in
      switch error {
      case .unavailable, .doesNotAddUp: .unavailable("The service cannot answer just now.")
      case .monthToCome: .invalidField("month", code: "future", "This month has not begun in India.")
      }
    }
    .adding(WalletAdministrationError.self) { error in
      switch error {
      case .unavailable: .unavailable("The service cannot answer just now. Nothing was changed.")
      case .userNotFound: .notFound("There is no such user.")
      case .invalidTime:
        .invalidField(
          "talktime_ms",
          "talktime_ms is not zero, at most \(WalletCorrection.most.milliseconds), and above zero for a grant."
        )
      case .invalidReason:
        .invalidField("reason", "A reason has 1 to \(Reason.longest) characters and no control characters.")
      case .invalidReference: .invalidField("reference", "A reference has 1 to 100 visible characters.")
      case .dailyCapReached: .forbidden("This is above what you may grant today. An admin can do it.")
      case .referenceReused(let differences):
        .refused(
          .unprocessableContent, "This key made something else before.",
          members: ["differs_in": .list(differences.map(\.rawValue).sorted())])
      }
    }
    .adding(BuyerRefusal.self) { error in
      switch error {
      case .invalidGSTIN: .invalidField("gstin", "This is no GSTIN: 15 characters, the last one checks the others.")
      case .unknownState:
        .invalidField("state", code: "unknown", "Send a GST state code such as 29, IN-KA, or the state's name.")
      case .stateDiffersFromGSTIN:
        .invalidField("state", code: "differs_from_gstin", "The GSTIN belongs to another state.")
      case .invalidName: .invalidField("name", "A name has at most 100 characters, in one line.")
      case .invalidAddress: .invalidField("address", "An address has at most 300 characters in six lines.")
      }
    }
}
