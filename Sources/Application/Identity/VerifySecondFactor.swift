import Domain

public enum SecondFactorAnswer: Sendable {
  /// Of an authenticator app.
  case code(String)
  case recoveryCode(String)
}

/// Checks an answer for a user's second factor, and uses it up.
public struct VerifySecondFactor: Sendable {
  private let factors: any TOTPFactorRepository
  private let secrets: any TOTPSecretSealer
  private let totp: TOTP
  private let hashes: any TokenHasher

  public init(
    factors: any TOTPFactorRepository, secrets: any TOTPSecretSealer, totp: TOTP, hashes: any TokenHasher
  ) {
    self.factors = factors
    self.secrets = secrets
    self.totp = totp
    self.hashes = hashes
  }

  /// - Returns: how the user answered.
  /// - Throws: `invalidCredentials`, `secondFactorLocked`
  func callAsFunction(
    _ answer: SecondFactorAnswer, of user: UserID
  ) async throws(IdentityError) -> AuthenticationMethod {
    switch answer {
    case .code(let text):
      try await verify(code: text, of: user)
      return .oneTimeCode
    case .recoveryCode(let text):
      guard let code = RecoveryCode(typed: text),
        try await factors.use(recoveryHash: code.hash(of: user, by: hashes), of: user)
      else { throw .invalidCredentials }
      return .recoveryCode
    }
  }

  private func verify(code: String, of user: UserID) async throws(IdentityError) {
    switch try await factors.attempt(user) {
    case .noFactor: throw .invalidCredentials
    case .locked: throw .secondFactorLocked
    case .allowed(let sealed, let now):
      guard let secret = secrets.unseal(sealed, of: user), let step = totp.step(of: code, secret, at: now),
        try await factors.use(step: step, of: user)
      else { throw .invalidCredentials }
    }
  }
}

extension RecoveryCode {
  /// Bound to its user, so that equal codes of two users would have different hashes.
  func hash(of user: UserID, by hashes: any TokenHasher) -> [UInt8] { hashes.sha256("\(user):\(text)") }
}
