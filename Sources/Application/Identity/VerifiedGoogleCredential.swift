import FoundationEssentials

/// A verified credential of Google (an ID token).
public struct VerifiedGoogleCredential: Sendable, Equatable {
  public let identity: GoogleIdentity
  public let nonce: String?
  /// What Google's signature is for. Unlike the whole credential, it has one spelling.
  public let signedText: String
  public let expiresAt: Date

  public init(identity: GoogleIdentity, nonce: String?, signedText: String, expiresAt: Date) {
    self.identity = identity
    self.nonce = nonce
    self.signedText = signedText
    self.expiresAt = expiresAt
  }
}
