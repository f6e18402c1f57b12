import Domain

/// Mails a receipt, a credit note or a debit note with its page attached. Like all mail about money, it is sent only to
/// a proven address.
public struct MailDocument: Sendable {
  private let pages: any DocumentRenderer
  private let deliver: DeliverMail
  private let publicURL: String

  public init(pages: any DocumentRenderer, deliver: DeliverMail, publicURL: String) {
    self.pages = pages
    self.deliver = deliver
    self.publicURL = publicURL
  }

  /// Documents are issued a moment after the money has moved. Some are never issued: those of orders that are older
  /// than documents.
  static let issue = TaskRecheckSchedule(first: .seconds(1), longest: .seconds(3_600), patience: .seconds(3 * 86_400))

  func callAsFunction(
    _ document: TaxDocument, to user: UserID, customID: String, for task: ClaimedTask
  ) async -> TaskOutcome {
    guard let page = try? pages.page(document) else { return .failed(code: "document_unprintable") }
    return await deliver(
      .document(document, page: page, link: "\(publicURL)/#receipt=\(document.orderID)"), to: user,
      customID: customID, for: task)
  }
}
