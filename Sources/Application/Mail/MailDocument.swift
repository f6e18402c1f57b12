import Domain

/// Mails a receipt, a credit note or a debit note with its page attached. Like all mail about money, it is sent only to
/// a proven address.
public struct MailDocument: Sendable {
  private let pages: any DocumentRenderer
  private let deliver: DeliverMail
  private let publicURL: String
  private let steps: any TaskStepStore

  /// - Parameter steps: keeps since when a mail's document is missing.
  public init(pages: any DocumentRenderer, deliver: DeliverMail, publicURL: String, steps: any TaskStepStore) {
    self.pages = pages
    self.deliver = deliver
    self.publicURL = publicURL
    self.steps = steps
  }

  /// Documents are issued a moment after the money has moved. Some are never issued: those of orders that are older
  /// than documents.
  static let issue = TaskRecheckSchedule(first: .seconds(1), longest: .seconds(3_600), patience: .seconds(3 * 86_400))
  /// The name under which a task keeps how old it was when its document was first missing, in milliseconds.
  static let missingSince = "document_missing_ms"

  /// Waits for a document that is not issued yet. The time counts by the queue's clock from the first look that missed
  /// the document: a task that the queue or a store has held up for days has looked for no document meanwhile. It
  /// begins anew with an operator's retry and with the end of a pause of the type.
  /// - Parameter code: the failure's, where the document is not issued in the end.
  /// - Throws: an error of the store.
  func wait(for task: ClaimedTask, orFail code: String) async throws -> TaskOutcome {
    // How old the task was when its present waiting began.
    let begun = task.sinceCreation - task.age
    let noted = try await steps.steps(of: task.id)[Self.missingSince].flatMap { Int64($0) }
      .map { Duration.milliseconds($0) }
    let since: Duration
    if let noted, noted >= begun {
      since = noted
    } else {
      since = task.sinceCreation
      // Another worker may have the task if nothing is kept. It notes its own first look.
      _ = try await steps.keep("\(since.wholeMilliseconds)", as: Self.missingSince, of: task.claim)
    }
    return Self.issue.pause(after: task.sinceCreation - since).map { .waiting(for: $0) } ?? .failed(code: code)
  }

  func callAsFunction(
    _ document: TaxDocument, to user: UserID, customID: String, for task: ClaimedTask
  ) async -> TaskOutcome {
    guard let page = try? pages.page(document) else { return .failed(code: "document_unprintable") }
    return await deliver(
      .document(document, page: page, link: "\(publicURL)/#receipt=\(document.orderID)"), to: user,
      customID: customID, for: task)
  }
}
