import Domain

/// Proves an address by the link that was mailed there: the account's own, or the one that it changes to. A link works
/// once.
public struct VerifyEmail: Sendable {
  public static let purpose = MailedAccountLinkPurpose.verifyEmail.rawValue
  private let read: ReadMailedAccountLink
  private let changes: any PasswordAndEmailRepository

  public init(read: ReadMailedAccountLink, changes: any PasswordAndEmailRepository) {
    self.read = read
    self.changes = changes
  }

  public func callAsFunction(_ token: String) async throws(IdentityError) {
    let link = try await read(token, for: [.verifyEmail, .changeEmail])
    if link.purpose == .changeEmail {
      try await changes.changeEmail(by: link)
    } else {
      try await changes.verifyEmail(by: link)
    }
  }
}
