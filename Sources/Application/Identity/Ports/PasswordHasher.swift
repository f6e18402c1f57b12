import Domain

public protocol PasswordHasher: Sendable {
  /// - Throws: if too many hashes are already queued.
  func hash(_ password: Password) async throws -> String
  /// Compares the bytes of the whole text. Takes the same time for a missing hash (nil) as for one that does not match.
  func verify(_ password: String, against hash: String?) async throws -> Bool
  /// Whether a new hash of the same password would use other parameters.
  func isOutdated(_ hash: String) -> Bool
}
