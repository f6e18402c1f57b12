import Domain

/// Makes an authenticator app the second factor of a user, who shows by a code that the app has the secret.
public struct ConfirmTOTPEnrolment: Sendable {
  private let factors: any TOTPFactorRepository
  private let secrets: any TOTPSecretSealer
  private let totp: TOTP
  private let hashes: any TokenHasher
  private let random: any RandomSource

  public init(
    factors: any TOTPFactorRepository, secrets: any TOTPSecretSealer, totp: TOTP, hashes: any TokenHasher,
    random: any RandomSource
  ) {
    self.factors = factors
    self.secrets = secrets
    self.totp = totp
    self.hashes = hashes
    self.random = random
  }

  /// - Returns: the recovery codes, which are not stored and are shown this once.
  /// - Throws: `enrolmentNotFound` if no secret waits; `invalidCredentials` for a wrong code.
  public func callAsFunction(_ code: String, of claims: AccessTokenClaims) async throws(IdentityError) -> [RecoveryCode]
  {
    let user = claims.userID
    guard let pending = try await factors.pending(user) else { throw .enrolmentNotFound }
    guard let secret = secrets.unseal(pending.sealedSecret, of: user),
      let step = totp.step(of: code, secret, at: pending.now)
    else { throw .invalidCredentials }
    let codes = (0..<RecoveryCode.count).compactMap { _ in RecoveryCode(bytes: random.bytes(RecoveryCode.length)) }
    guard
      try await factors.confirm(
        pending.sealedSecret, step: step, recoveryHashes: codes.map { $0.hash(of: user, by: hashes) }, of: user,
        keeping: claims.deviceID)
    else { throw .enrolmentNotFound }
    return codes
  }
}
