import Domain

/// Mails the receipt of a captured payment.
public struct SendReceiptMail: TaskHandler {
  public let type = TaskType.receiptMail
  private let documents: any DocumentReader
  private let mail: MailDocument

  public init(documents: any DocumentReader, mail: MailDocument) {
    self.documents = documents
    self.mail = mail
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = ReceiptMailPayload(json: task.payload), let user = task.userID,
      let order = OrderID(payload.orderID)
    else { return .failed(code: "malformed_payload") }
    do {
      guard let receipt = try await documents.receipt(of: order) else {
        return try await mail.wait(for: task, orFail: "receipt_missing")
      }
      return await mail(receipt, to: user, customID: "receipt-\(payload.paymentID)", for: task)
    } catch {
      return .retry(code: "receipt_unreadable", after: .zero)
    }
  }
}
