import Domain

/// What Google's credential proves.
public struct GoogleIdentity: Sendable, Equatable {
  /// Google's id of the person. Accounts are keyed by this id and never by the address.
  public let subject: String
  public let email: EmailAddress
  public let name: String?

  public init(subject: String, email: EmailAddress, name: String?) {
    self.subject = subject
    self.email = email
    self.name = name
  }
}

public protocol GoogleCredentialVerifier: Sendable {
  /// Accepts only a credential with an address that Google has verified.
  /// - Throws: `invalidCredentials`, or `unavailable` if Google's keys cannot be fetched.
  func verify(_ credential: String, nonce: String?) async throws(IdentityError) -> GoogleIdentity
}
