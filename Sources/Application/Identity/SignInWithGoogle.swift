import Domain

public struct SignInWithGoogle: Sendable {
  private let google: any GoogleCredentialVerifier
  private let nonces: any NonceStore
  private let accounts: any AccountRepository
  private let issue: IssueTokens

  public init(
    google: any GoogleCredentialVerifier, nonces: any NonceStore, accounts: any AccountRepository, issue: IssueTokens
  ) {
    self.google = google
    self.nonces = nonces
    self.accounts = accounts
    self.issue = issue
  }

  public func newNonce() async throws(IdentityError) -> String {
    let nonce = Base64URL.encode(issue.random.bytes(18))
    try await nonces.keep(nonce)
    return nonce
  }

  /// Signing in with Google does not take over another account with the same address: its owner links Google after
  /// signing in. The exception is an account from the Flask deployment's tables without a password: Google is its
  /// owner's only way to sign in.
  public func callAsFunction(
    credential: String, nonce: String?, userAgent: String?, network: ClientNetwork? = nil
  ) async throws(IdentityError) -> Tokens {
    let person = try await google.verify(credential, nonce: nonce)
    if let nonce, try await !nonces.consume(nonce) { throw .invalidCredentials }
    return try await issue.toNewDevice(
      of: try await account(of: person), methods: ["google"], userAgent: userAgent, network: network)
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
      if let own = try await accounts.adopt(googleSubject: person.subject, by: person.email) { return own }
      throw .linkRequired
    }
  }
}
