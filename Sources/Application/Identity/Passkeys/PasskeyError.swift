public enum PasskeyError: StableError, Equatable {
  /// The authenticator's answer is refused. Nobody outside is told why.
  case refused
  /// No account has the passkey: it was removed, and the authenticator still offers it.
  case unknown
  /// The credential is an account's already.
  case known
  case tooMany
  /// The user has no such passkey.
  case notFound
  /// The account has no other way to sign in.
  case lastWayIn

  public var code: String {
    switch self {
    case .refused, .unknown: "invalid_credentials"
    case .known: "passkey_known"
    case .tooMany: "too_many_passkeys"
    case .notFound: "not_found"
    case .lastWayIn: "last_way_in"
    }
  }
}
