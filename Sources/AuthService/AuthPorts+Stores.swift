import Application
import BreachedPasswordsAdapter
import CryptoAdapter
import Domain
import GoogleAdapter
import HTTPServing
import PostgresAdapter
import RedisAdapter
import Runtime

extension AuthPorts {
  /// Uses Postgres, Redis and Google.
  /// - Throws: where no password hash can be made, such as without memory for it.
  init(
    _ host: ServiceHost, _ settings: AuthSettings, signer: TokenSigner, verifier: TokenVerifier,
    devices: PostgresDeviceRepository, revocations: RedisRevocationCache
  ) throws {
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
      carePlanMails: PostgresCarePlanMailChoiceRepository(database: host.postgres),
      passwords: try Argon2PasswordHasher(random: random, parameters: settings.passwordHashing),
      breachedPasswords: settings.breachedPasswordsURL.map {
        PwnedPasswordRanges(http: host.provider("breached_passwords"), baseURL: $0)
      },
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
