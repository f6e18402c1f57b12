/// The rules of WebAuthn for a new passkey and for a sign-in with one (sections 7.1 and 7.2), except for the challenge
/// and the signature, which need keys.
public struct PasskeyRules: Sendable {
  /// The sizes of a credential's id in bytes, as WebAuthn gives them.
  public static let credentialIDSizes = 16...1_023
  /// The most passkeys of one user.
  public static let mostPasskeys = 20

  private let relyingParty: PasskeyRelyingParty
  private let relyingPartyHash: [UInt8]

  /// - Parameter hash: the SHA-256 of the relying party's id.
  public init(_ relyingParty: PasskeyRelyingParty, hash: [UInt8]) {
    self.relyingParty = relyingParty
    relyingPartyHash = hash
  }

  /// Checks the answer about a new passkey.
  /// - Parameters:
  ///   - attestation: the attestation object. Its statement is not verified, since none was asked for.
  ///   - id: of the credential, as the client names it.
  ///   - isAutomatic: whether the browser makes it without asking, after a sign-in by password. Nobody is asked to
  ///     touch anything then.
  public func newPasskey(
    _ client: CollectedClientData, attestation: [UInt8], id: [UInt8], isAutomatic: Bool
  ) throws(PasskeyProblem) -> NewPasskeyCredential {
    try check(client, is: .registration)
    let data = try Self.authenticatorData(of: attestation)
    try check(data, demandsUser: !isAutomatic)
    guard let made = data.credential, made.id == id else { throw .noCredential }
    guard Self.credentialIDSizes.contains(made.id.count) else { throw .credentialIDSize }
    return NewPasskeyCredential(
      id: made.id, publicKey: try PasskeyPublicKey(cose: made.publicKey), cose: made.publicKey, counter: data.counter,
      isBackupEligible: data.flags.contains(.backupEligible), isBackedUp: data.flags.contains(.backedUp))
  }

  /// Checks what an authenticator says for a sign-in. Its signature and its counter are checked afterwards.
  /// - Parameter wasBackupEligible: what the authenticator said when it made the passkey.
  public func signIn(
    _ client: CollectedClientData, _ data: AuthenticatorData, wasBackupEligible: Bool
  ) throws(PasskeyProblem) {
    try check(client, is: .signIn)
    try check(data, demandsUser: true)
    guard data.flags.contains(.backupEligible) == wasBackupEligible else { throw .backupFlags }
  }

  /// Whether a counter may follow another one. It grows with each use, or the authenticator does not count at all.
  public static func canFollow(_ counter: UInt32, after stored: UInt32) -> Bool {
    counter > stored || (counter == 0 && stored == 0)
  }

  private func check(_ client: CollectedClientData, is purpose: CollectedClientData.Purpose) throws(PasskeyProblem) {
    guard client.type == purpose.rawValue else { throw .wrongType }
    guard client.origin == relyingParty.origin, !client.isCrossOrigin, client.topOrigin == nil else {
      throw .foreignOrigin
    }
  }

  private func check(_ data: AuthenticatorData, demandsUser: Bool) throws(PasskeyProblem) {
    guard data.relyingPartyHash == relyingPartyHash else { throw .wrongRelyingParty }
    if demandsUser {
      guard data.flags.contains(.userPresent) else { throw .userAbsent }
      guard data.flags.contains(.userVerified) else { throw .userNotVerified }
    }
    guard data.flags.contains(.backupEligible) || !data.flags.contains(.backedUp) else { throw .backupFlags }
  }

  /// Browsers replace an authenticator's statement by the format `none`, but not in all cases: one that an authenticator
  /// signed with the new key itself stays, and some pass on what Windows gives them. A statement of another format is
  /// taken for none.
  private static func authenticatorData(of attestation: [UInt8]) throws(PasskeyProblem) -> AuthenticatorData {
    guard let object = try? CBORReader.value(of: attestation).map, object.count == 3,
      let format = object["fmt"]?.text, let statement = object["attStmt"]?.map, let data = object["authData"]?.bytes,
      format != "none" || statement.count == 0
    else { throw .malformedAttestation }
    return try AuthenticatorData(data)
  }
}

/// A passkey that an authenticator has just made.
public struct NewPasskeyCredential: Sendable, Equatable {
  public let id: [UInt8]
  public let publicKey: PasskeyPublicKey
  /// The public key as a COSE key.
  public let cose: [UInt8]
  public let counter: UInt32
  public let isBackupEligible: Bool
  public let isBackedUp: Bool

  public init(
    id: [UInt8], publicKey: PasskeyPublicKey, cose: [UInt8], counter: UInt32, isBackupEligible: Bool, isBackedUp: Bool
  ) {
    self.id = id
    self.publicKey = publicKey
    self.cose = cose
    self.counter = counter
    self.isBackupEligible = isBackupEligible
    self.isBackedUp = isBackedUp
  }
}
