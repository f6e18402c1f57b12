/// Why a new passkey or a sign-in with one is refused. A client is not told which it is.
public enum PasskeyProblem: Error, Sendable, Equatable, CaseIterable {
  case malformedClientData
  /// A registration's data for a sign-in, or the other way round.
  case wrongType
  /// The challenge is not ours, not for this, too old, or was used.
  case wrongChallenge
  /// Another site's page, or ours within a frame of another site's.
  case foreignOrigin
  case malformedAuthenticatorData
  /// The authenticator was asked for another site.
  case wrongRelyingParty
  case userAbsent
  case userNotVerified
  /// A passkey that cannot be backed up says that it is, or one that could says that it cannot any more.
  case backupFlags
  case malformedAttestation
  /// The answer about a new passkey names none, or another than the client does.
  case noCredential
  case credentialIDSize
  case unsupportedKey
  /// The passkey belongs to another user than the authenticator says.
  case wrongUserHandle
  case wrongSignature
  /// The authenticator has counted back, so the passkey may have been copied.
  case counterWentBack
}
