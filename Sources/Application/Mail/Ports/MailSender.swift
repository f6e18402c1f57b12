import Domain

/// A mail that is ready to be sent. Every value that becomes a header is made a single line of an accepted length here,
/// so callers need not check it.
public struct OutgoingMail: Sendable, Equatable {
  public let to: String
  public let name: String?
  public let subject: String
  public let text: String
  public let html: String
  /// The same for each attempt: the provider is asked about this id before a mail is sent again.
  public let customID: String
  public let attachments: [MailAttachment]

  /// In UTF-16 units. Mailjet refuses a subject of more than 255 characters.
  public static let (longestSubject, longestName) = (255, 200)

  public init(
    to: String, name: String?, subject: String, text: String, html: String, customID: String,
    attachments: [MailAttachment] = []
  ) {
    self.to = to
    let name = name?.singleLine(upTo: Self.longestName)
    self.name = name?.isEmpty == true ? nil : name
    self.subject = subject.singleLine(upTo: Self.longestSubject)
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
    // The name becomes a header, and a file name at the recipient. So it must contain neither a path nor a line break.
    self.name = String(name.singleLine(upTo: 200).map { "/\\\"".contains($0) ? "-" : $0 })
    self.mediaType = mediaType
    self.content = content
  }
}

/// Why a mail is not known to be accepted.
public enum MailError: Error, Sendable, Equatable {
  /// The provider does not have the mail and may take it later, but not before `after`.
  case unavailable(code: String, after: Duration)
  /// The provider may have the mail.
  /// - Parameter isAnswered: whether the provider answered with a server error; otherwise the answer was lost.
  case unconfirmed(code: String, isAnswered: Bool)
  /// The provider refuses our key or our sender, so it refuses every mail until the setting is corrected.
  case misconfigured(code: String)
  /// The provider refuses this mail.
  case rejected(code: String)

  var code: String {
    switch self {
    case .unavailable(let code, _), .unconfirmed(let code, _), .misconfigured(let code), .rejected(let code): code
    }
  }
}

public protocol MailSender: Sendable {
  /// Whether the provider accepted a mail with this id before.
  /// - Throws: `unavailable` or `misconfigured`.
  func wasAccepted(_ customID: String) async throws(MailError) -> Bool
  /// - Returns: the provider's message id, if it reports one.
  func send(_ mail: OutgoingMail) async throws(MailError) -> String?
}
