import Domain

/// Mails the credit note of a refund.
public struct SendCreditNoteMail: TaskHandler {
  public let type = TaskType.creditNoteMail
  private let documents: any DocumentReader
  private let mail: MailDocument

  public init(documents: any DocumentReader, mail: MailDocument) {
    self.documents = documents
    self.mail = mail
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = CreditNoteMailPayload(json: task.payload), let user = task.userID,
      let order = OrderID(payload.orderID)
    else { return .failed(code: "malformed_payload") }
    do {
      let note = try await documents.creditNotes(of: order).first { note in
        [note.credit?.refundID, note.credit?.razorpayRefundID].contains(payload.refundID)
      }
      guard let note else {
        // Without a receipt no credit note will follow, so there is nothing to wait for. This is so for an order that
        // is older than documents.
        guard try await documents.receipt(of: order) != nil else {
          return .retry(code: "receipt_missing", after: .zero)
        }
        return try await mail.wait(for: task, orFail: "credit_note_missing")
      }
      return await mail(note, to: user, customID: "credit-note-\(payload.refundID)", for: task)
    } catch {
      return .retry(code: "credit_note_unreadable", after: .zero)
    }
  }
}
