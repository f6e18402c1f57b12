import Domain

/// The subject of a mail, with all the data that its text needs.
public enum MailContent: Sendable {
  case verification(link: String, code: MailedCode)
  /// - Parameters:
  ///   - purpose: any but that of a verification, which has a mail of its own.
  ///   - code: nil where the purpose has none.
  case accountLink(MailedAccountLinkPurpose, link: String, code: MailedCode?)
  /// - Parameter link: where the password can be reset.
  case passwordChanged(link: String)
  /// - Parameter page: the document itself, which is attached.
  case document(TaxDocument, page: String, link: String)
  case carePlan(CarePlan, link: String)
  /// Without a word of the plan, which stands behind the link.
  case carePlanReady(isCrisis: Bool, link: String)
  /// - Parameter link: where the owner looks at the account.
  case googleLinked(link: String)
  /// - Parameter link: where the password can be reset.
  case newDevice(NewDeviceMailPayload, link: String)
  case secondFactorChanged(isAdded: Bool, link: String)
  /// - Parameter link: where the owner looks at the account.
  case passkeyChanged(PasskeyChange, link: String)
  /// - Parameter link: where the owner signs in.
  case waysInRemoved(WaysInRemovedMailPayload, link: String)
  /// - Parameter paymentID: Razorpay's id of the payment.
  case paymentReturned(Money, paymentID: String)
  /// - Parameter link: where talk time is sold.
  case lowBalance(TalkTime, link: String)
  /// - Parameter link: where the owner talks.
  case balanceRecovered(TalkTime, link: String)
}

public protocol MailComposer: Sendable {
  /// - Throws: if a template is broken.
  func compose(_ content: MailContent, for recipient: Recipient, customID: String) throws -> OutgoingMail
}
