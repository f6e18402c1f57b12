import Domain

/// What a mail is about, with everything that stands in it.
public enum MailContent: Sendable {
  case verification(link: String)
  case receipt(talkTime: TalkTime, money: Money, order: String, payment: String)
  case carePlan(CarePlan, link: String)
}

public protocol ComposesMail: Sendable {
  /// - Throws: where a template is broken.
  func compose(_ content: MailContent, for recipient: Recipient, customID: String) throws -> OutgoingMail
}
