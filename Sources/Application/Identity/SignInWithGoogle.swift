import Domain

public struct SignInWithGoogle: Sendable {
  private let redeem: RedeemGoogleCredential
  private let accounts: any AccountRepository
  private let links: any GoogleLinkRepository
  private let issue: IssueTokens

  public init(
    redeem: RedeemGoogleCredential, accounts: any AccountRepository, links: any GoogleLinkRepository, issue: IssueTokens
  ) {
    self.redeem = redeem
    self.accounts = accounts
    self.links = links
    self.issue = issue
  }

  /// Signs in to the account that is linked to the Google account, or makes one. If another account has the address, the
  /// two are joined only where Google hosts the mailbox.
  /// - Parameter fromPage: whether a browser's page sends the credential, which then needs a nonce.
  /// - Throws: `linkRequired` if the owner of the address has to link Google after signing in to it. The credential can
  ///   still be used for that. `secondFactorRequired` for an account that has a second factor.
  public func callAsFunction(
    credential: String, nonce: String?, fromPage: Bool, userAgent: String?, network: ClientNetwork? = nil
  ) async throws(IdentityError) -> Tokens {
    let credential = try await redeem.check(credential, nonce: nonce, fromPage: fromPage)
    let account = try await account(of: credential.identity)
    if account.isDisabled { throw .accountDisabled }
    try await redeem.use(credential)
    let result = try await issue.toNewDevice(
      of: account, methods: [.google], userAgent: userAgent, network: network)
    // A reset, a takeover or a new second factor ended the devices of that moment, and not this one, which came later.
    guard let current = try await accounts.account(googleSubject: credential.identity.subject),
      current.id == account.id, !current.isDisabled, current.hasSecondFactor == account.hasSecondFactor
    else {
      try await issue.withdraw(result, of: account, cause: .claimed)
      throw .invalidCredentials
    }
    return try result.tokens()
  }

  private func account(of person: GoogleIdentity) async throws(IdentityError) -> Account {
    if let known = try await accounts.account(googleSubject: person.subject) { return known }
    do {
      return try await accounts.create(
        NewAccount(
          email: person.email, name: person.name, passwordHash: nil, googleSubject: person.subject, emailVerified: true)
      )
    } catch {
      guard error == .emailTaken else { throw error }
      // With two first sign-ins at once, the other one has created the account.
      if let known = try await accounts.account(googleSubject: person.subject) { return known }
      guard person.ownsMailbox, case .joined(let account) = try await links.join(person) else { throw .linkRequired }
      return account
    }
  }
}
