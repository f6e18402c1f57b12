import Domain

/// What Google's credential proves.
public struct GoogleIdentity: Sendable, Equatable {
  /// Google's id of the person; accounts are keyed by it and never by the address.
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
  /// Only for an address that Google has verified.
  /// - Throws: `invalidCredentials`, or `unavailable` where Google's keys cannot be had.
  func verify(_ credential: String, nonce: String?) async throws(IdentityError) -> GoogleIdentity
}
