import Domain

/// The data that the mail of a link needs.
public struct MailedLink: Sendable, Equatable {
  public let purpose: MailedAccountLinkPurpose
  /// Where the link is mailed: the new address for a change, and else the one that the account had.
  public let address: EmailAddress

  public init(purpose: MailedAccountLinkPurpose, address: EmailAddress) {
    self.purpose = purpose
    self.address = address
  }
}

public protocol MailedLinkReader: Sendable {
  /// Nil for a link that was withdrawn, or is another user's.
  func link(_ id: String, of user: UserID) async throws -> MailedLink?
}
