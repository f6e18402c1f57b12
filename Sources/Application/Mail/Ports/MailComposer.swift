import Domain

/// What a mail is about, with everything that stands in it.
public enum MailContent: Sendable {
  case verification(link: String)
  /// - Parameter page: the document itself, to be attached.
  case document(TaxDocument, page: String, link: String)
  case carePlan(CarePlan, link: String)
  /// - Parameter paymentID: Razorpay's.
  case paymentReturned(Money, paymentID: String)
}

public protocol MailComposer: Sendable {
  /// - Throws: where a template is broken.
  func compose(_ content: MailContent, for recipient: Recipient, customID: String) throws -> OutgoingMail
}
