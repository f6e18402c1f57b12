import Application
import Domain
import HTTPServing

/// The ports of the auth service, by role.
struct AuthPorts: Sendable {
  let serving: CommonRoutePorts
  var accounts: any AccountRepository
  var devices: any DeviceRepository
  var accountLinks: any MailedAccountLinkRepository
  var accountChanges: any PasswordAndEmailRepository
  let passwordAttempts: any PasswordAttemptRepository
  let knownDevices: any KnownDeviceProver
  var trail: any SecurityTrailReader
  var users: any UserAdministration
  var deletions: any AccountDeletionRepository
  var consents: any ConsentRepository
  var exports: any AccountExportReader
  var carePlanMails: any CarePlanMailChoiceRepository
  let passwords: any PasswordHasher
  /// Nil where no password is looked up.
  let breachedPasswords: (any BreachedPasswordDirectory)?
  let google: any GoogleCredentialVerifier
  let nonces: any GoogleNonceStore
  let usedCredentials: any UsedCredentialStore
  var googleLinks: any GoogleLinkRepository
  var challenges: any SignInChallengeRepository
  var totpFactors: any TOTPFactorRepository
  let totpSecrets: any TOTPSecretSealer
  let totp: TOTP
  var passkeys: any PasskeyRepository
  let passkeyChallenges: any PasskeyChallengeMinter
  let passkeyCryptography: any PasskeyCryptography
  let signer: any AccessTokenSigner
  let refreshTokens: any RefreshTokenMinter
  let hashes: any TokenHasher
  let links: any MailedLinkSecretGenerator
  let random: any RandomSource
  /// The public keys, as a JSON Web Key Set (RFC 7517).
  let keySet: String
}
