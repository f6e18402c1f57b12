extension UserID {
  /// The user's id for authenticators (WebAuthn's user handle): the 16 bytes of the id, which are random and say nothing
  /// about the person. An authenticator keeps one passkey for a handle, so a new one replaces it.
  public var passkeyHandle: [UInt8] { withUnsafeBytes(of: uuid.uuid) { Array($0) } }
}
