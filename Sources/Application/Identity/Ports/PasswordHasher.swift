import Domain

public protocol PasswordHasher: Sendable {
  /// - Parameter client: whose turn it is. Networks take turns, so that no network can deny sign-in to the others; nil
  ///   where the request's address is not known.
  /// - Throws: if too many hashes are already queued.
  func hash(_ password: Password, for client: ClientNetwork?) async throws -> String
  /// Compares the bytes of the whole text. Takes the same time for a missing hash (nil) as for one that does not match.
  func verify(_ password: String, against hash: String?, for client: ClientNetwork?) async throws -> Bool
  /// Whether a hash for this client would be queued now. Where it would not, a request is refused before it costs
  /// anything.
  func hasRoom(for client: ClientNetwork?) -> Bool
  /// Whether a new hash of the same password would be of another kind, or cost more.
  func isOutdated(_ hash: String) -> Bool
}

extension PasswordHasher {
  public func hash(_ password: Password) async throws -> String { try await hash(password, for: nil) }

  public func verify(_ password: String, against hash: String?) async throws -> Bool {
    try await verify(password, against: hash, for: nil)
  }
}
