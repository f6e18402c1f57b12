import Domain

/// Registers without telling whether the address has an account: whoever reads its mail learns it. A new account gets a
/// link that proves the address, and an account that exists a link to a new password. The links to a new address that
/// were mailed before stay valid and lead to a new password, too. So of several who register an address, the one who
/// reads its mail chooses the password, and nobody is kept from that by whoever goes on registering.
public struct RegisterUnseen: Sendable {
  private let accounts: any AccountRepository
  private let passwords: any PasswordHasher
  private let links: any MailedAccountLinkRepository

  public init(
    accounts: any AccountRepository, passwords: any PasswordHasher, links: any MailedAccountLinkRepository
  ) {
    self.accounts = accounts
    self.passwords = passwords
    self.links = links
  }

  public func callAsFunction(
    email: EmailAddress, password: Password, name: String?, network: ClientNetwork?
  ) async throws(IdentityError) {
    let hash: String
    do { hash = try await passwords.hash(password, for: network) } catch { throw .unavailable }
    do {
      _ = try await accounts.create(
        NewAccount(email: email, name: name, passwordHash: hash, googleSubject: nil, emailVerified: false))
    } catch .emailTaken {
      try await links.requestPasswordReset(of: email, isRegistration: true)
    } catch {
      throw error
    }
  }
}
