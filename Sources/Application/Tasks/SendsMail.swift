/// A mail that is ready to go.
public struct OutgoingMail: Sendable, Equatable {
  public let to: String
  public let name: String?
  public let subject: String
  public let text: String
  public let html: String
  /// The same on each try: the provider is asked about it before a mail is sent again.
  public let customID: String
  public let attachments: [MailAttachment]

  public init(
    to: String, name: String?, subject: String, text: String, html: String, customID: String,
    attachments: [MailAttachment] = []
  ) {
    self.to = to
    self.name = name
    self.subject = subject
    self.text = text
    self.html = html
    self.customID = customID
    self.attachments = attachments
  }
}

/// A file that goes with a mail.
public struct MailAttachment: Sendable, Equatable {
  public let name: String
  /// Such as `text/html`.
  public let mediaType: String
  public let content: String

  public init(name: String, mediaType: String, content: String) {
    self.name = name
    self.mediaType = mediaType
    self.content = content
  }
}

public enum MailError: Error, Sendable, Equatable {
  case later(code: String, after: Duration)
  case refused(code: String)
}

public protocol SendsMail: Sendable {
  /// Whether the provider took a mail with this id before.
  func wasAccepted(_ customID: String) async throws(MailError) -> Bool
  /// - Returns: the provider's message id, where it tells one.
  func send(_ mail: OutgoingMail) async throws(MailError) -> String?
}
