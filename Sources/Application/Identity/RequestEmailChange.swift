import Domain

/// Mails a link to the address that a user wants; the account changes when the link is used. Whether another account
/// has the address is said only to who reads its mail.
public struct RequestEmailChange: Sendable {
  private let confirm: ConfirmPassword
  private let links: any MailedAccountLinkRepository

  public init(confirm: ConfirmPassword, links: any MailedAccountLinkRepository) {
    self.confirm = confirm
    self.links = links
  }

  public func callAsFunction(
    of user: UserID, on device: DeviceID, to email: EmailAddress, password: String
  ) async throws(IdentityError) {
    _ = try await confirm(password, of: user, on: device)
    try await links.requestEmailChange(of: user, to: email)
  }
}
