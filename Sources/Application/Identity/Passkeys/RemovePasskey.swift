import Domain

/// Removes a passkey of a signed-in user, unless it is the only way to sign in.
public struct RemovePasskey: Sendable {
  private let passkeys: any PasskeyRepository

  public init(passkeys: any PasskeyRepository) { self.passkeys = passkeys }

  /// - Throws: `IdentityError`; `PasskeyError.notFound`, `lastWayIn`
  public func callAsFunction(_ passkey: PasskeyID, of user: UserID) async throws {
    switch try await passkeys.remove(passkey, of: user) {
    case .removed: return
    case .notFound: throw PasskeyError.notFound
    case .lastWayIn: throw PasskeyError.lastWayIn
    }
  }
}
