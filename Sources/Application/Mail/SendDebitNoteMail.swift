import Domain

/// Mails the debit note that reverses a credit note, after the bank has returned the refund.
public struct SendDebitNoteMail: TaskHandler {
  public let type = TaskType.debitNoteMail
  private let documents: any DocumentReader
  private let mail: MailDocument

  public init(documents: any DocumentReader, mail: MailDocument) {
    self.documents = documents
    self.mail = mail
  }

  /// The transaction that issued the note also wrote the event that asks for this mail, so the note exists.
  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = DebitNoteMailPayload(json: task.payload), let user = task.userID,
      let order = OrderID(payload.orderID)
    else { return .failed(code: "malformed_payload") }
    do {
      guard let note = try await documents.debitNotes(of: order).first(where: { $0.number == payload.number }) else {
        return .retry(code: "debit_note_missing", after: .zero)
      }
      return await mail(note, to: user, customID: "debit-note-\(payload.number)", for: task)
    } catch {
      return .retry(code: "debit_note_unreadable", after: .zero)
    }
  }
}
