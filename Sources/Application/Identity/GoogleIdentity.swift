import Domain

/// What Google's credential says about a person.
public struct GoogleIdentity: Sendable, Equatable {
  /// Google's id of the person. Accounts are keyed by this id and never by the address.
  public let subject: String
  public let email: EmailAddress
  public let name: String?
  /// The domain of the Google Workspace that the person belongs to (`hd`).
  public let hostedDomain: String?

  public init(subject: String, email: EmailAddress, name: String?, hostedDomain: String? = nil) {
    self.subject = subject
    self.email = email
    self.name = name
    self.hostedDomain = hostedDomain
  }

  /// Whether Google itself hosts the mailbox, so that its word proves who owns the address now. For any other address
  /// Google has only checked at some time that a mail arrived.
  public var ownsMailbox: Bool {
    let domain = email.domain.lowercased()
    return ["gmail.com", "googlemail.com"].contains(domain) || hostedDomain?.lowercased() == domain
  }
}
