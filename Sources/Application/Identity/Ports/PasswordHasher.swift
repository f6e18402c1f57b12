import Domain

public protocol PasswordHasher: Sendable {
  /// - Throws: where too many wait already.
  func hash(_ password: Password) async throws -> String
  /// Takes as long for a hash that does not exist (nil) as for one that does not match.
  func verify(_ password: String, against hash: String?) async throws -> Bool
  /// Whether a new hash of the same password would be of another kind.
  func isOutdated(_ hash: String) -> Bool
}
