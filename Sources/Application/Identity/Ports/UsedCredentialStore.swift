import FoundationEssentials

/// The credentials that were used, until they expire. A credential is known by the SHA-256 of its signed text.
public protocol UsedCredentialStore: Sendable {
  func isUsed(_ digest: [UInt8]) async throws(IdentityError) -> Bool
  /// - Parameter expiry: when the credential itself expires; the store remembers it for at least as long.
  /// - Returns: whether this is the first use, as the store decides.
  func use(_ digest: [UInt8], expiry: Date) async throws(IdentityError) -> Bool
}
