import Domain

/// The secret for an authenticator app, which is shown once.
public struct TOTPEnrolment: Sendable, Equatable {
  /// In Base32, for typing.
  public let secret: String
  /// For a QR code.
  public let uri: String
}

/// Makes a secret for a user's authenticator app. It counts as soon as a code of the app has confirmed it.
public struct BeginTOTPEnrolment: Sendable {
  private let accounts: any AccountRepository
  private let factors: any TOTPFactorRepository
  private let secrets: any TOTPSecretSealer
  private let random: any RandomSource

  public init(
    accounts: any AccountRepository, factors: any TOTPFactorRepository, secrets: any TOTPSecretSealer,
    random: any RandomSource
  ) {
    self.accounts = accounts
    self.factors = factors
    self.secrets = secrets
    self.random = random
  }

  /// - Throws: `alreadyEnrolled`, `accountGone`
  public func callAsFunction(_ user: UserID) async throws(IdentityError) -> TOTPEnrolment {
    guard let account = try await accounts.account(user) else { throw .accountGone }
    let secret = random.bytes(TOTP.secretLength)
    guard try await factors.begin(try secrets.seal(secret, of: user), of: user) else { throw .alreadyEnrolled }
    let text = Base32.standard.encode(secret)
    return TOTPEnrolment(secret: text, uri: TOTP.enrolmentURI(secret: text, account: account.email))
  }
}
