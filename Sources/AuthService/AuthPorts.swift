import Application
import CryptoAdapter
import Domain
import GoogleAdapter
import HTTPServing
import PostgresAdapter
import RedisAdapter
import Runtime

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
  let passwords: any PasswordHasher
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

extension AuthPorts {
  /// Uses Postgres, Redis and Google.
  init(
    _ host: ServiceHost, _ settings: AuthSettings, signer: TokenSigner, verifier: TokenVerifier,
    devices: PostgresDeviceRepository, revocations: RedisRevocationCache
  ) {
    let (clock, random) = (SystemClock(), SystemRandom())
    self.init(
      serving: host.servingPorts(tokens: verifier), accounts: PostgresAccountRepository(database: host.postgres),
      devices: devices, accountLinks: PostgresMailedAccountLinkRepository(database: host.postgres),
      accountChanges: PostgresPasswordAndEmailRepository(database: host.postgres, copy: revocations),
      passwordAttempts: PostgresPasswordAttemptRepository(database: host.postgres),
      knownDevices: HMACKnownDeviceProver(keys: DerivedKeys(secret: settings.secretKey)),
      trail: PostgresSecurityTrailReader(database: host.postgres),
      users: PostgresUserAdministration(database: host.postgres, copy: revocations),
      deletions: PostgresAccountDeletionRepository(database: host.postgres, copy: revocations),
      consents: PostgresConsentRepository(database: host.postgres),
      exports: PostgresAccountExportReader(database: host.postgres),
      passwords: Argon2PasswordHasher(random: random, parameters: settings.passwordHashing),
      google: GoogleIDTokenVerifier(
        http: host.provider("google"), baseURL: settings.googleBaseURL, clientID: settings.googleClientID,
        clock: clock),
      nonces: RedisGoogleNonceStore(redis: host.redis),
      usedCredentials: PostgresUsedCredentialStore(database: host.postgres),
      googleLinks: PostgresGoogleLinkRepository(
        database: host.postgres, copy: revocations),
      challenges: PostgresSignInChallengeRepository(database: host.postgres),
      totpFactors: PostgresTOTPFactorRepository(database: host.postgres, copy: revocations),
      totpSecrets: AESGCMTOTPSecretSealer(keys: DerivedKeys(secret: settings.secretKey)), totp: .hmacSHA1,
      passkeys: PostgresPasskeyRepository(database: host.postgres),
      passkeyChallenges: HMACPasskeyChallenges(keys: DerivedKeys(secret: settings.secretKey)),
      passkeyCryptography: PasskeySignatures(), signer: signer,
      refreshTokens: HMACRefreshTokenMinter(keys: DerivedKeys(secret: settings.secretKey)), hashes: SHA256TokenHasher(),
      links: HMACMailedLinkSecrets(keys: DerivedKeys(secret: settings.secretKey)), random: random, keySet: signer.keySet
    )
  }
}
