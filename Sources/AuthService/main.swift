import Application
import CryptoAdapter
import GoogleAdapter
import HTTPServing
import PostgresAdapter
import RedisAdapter
import Runtime

await runService {
  let settings = try AuthSettings()
  let host = try ServiceHost(name: "auth", settings: settings.common, needs: [.redis, .postgres])
  let (clock, random) = (SystemClock(), SystemRandom())
  let revocations = RedisRevocationStore(redis: host.redis)
  let accounts = PostgresAccountRepository(database: host.postgres)
  let devices = PostgresDeviceRepository(database: host.postgres, copy: revocations)
  let signer = try await TokenSigner(secret: settings.jwtSecret, issuer: settings.common.publicURL)
  let passwords = Argon2PasswordHasher(random: random)
  let issue = IssueTokens(devices: devices, signer: signer, hashes: TokenHashes(), clock: clock, random: random)
  let keySet = signer.keySet
  let verifier = TokenVerifier(
    issuer: settings.common.publicURL, clock: clock, copy: RedisKeySetCache(redis: host.redis), fetch: { keySet })
  let routes = AuthRoutes(
    register: Register(accounts: accounts, passwords: passwords, issue: issue),
    signIn: SignIn(accounts: accounts, passwords: passwords, issue: issue),
    google: SignInWithGoogle(
      google: GoogleIDTokenVerifier(
        http: host.provider("google"), baseURL: settings.googleBaseURL, clientID: settings.googleClientID, clock: clock),
      nonces: RedisNonceStore(redis: host.redis), accounts: accounts, issue: issue),
    refresh: RefreshTokens(accounts: accounts, issue: issue),
    verifyEmail: VerifyEmail(
      accounts: accounts, links: MailedLinks(keys: DerivedKeys(secret: settings.secretKey)), clock: clock),
    accounts: accounts, devices: devices,
    authenticator: Authenticator(tokens: verifier, revocations: revocations),
    limiter: RedisRateLimiter(redis: host.redis),
    limits: LimitProfile(development: settings.common.developmentLimits),
    cookie: RefreshCookie(publicURL: settings.common.publicURL), keySet: keySet)
  let router = Serving.router()
  routes.add(to: router)
  try await host.run(
    router, prefix: "/auth", verifier: verifier,
    background: [
      OutboxRelay(
        source: "auth", pool: host.postgres, bus: RedisEventBus(redis: host.redis),
        logger: host.logger),
      PostgresRetention(
        service: "auth", database: host.postgres, interval: host.settings.retentionInterval, logger: host.logger),
      StreamTrimmer(redis: host.redis, interval: host.settings.retentionInterval, logger: host.logger),
      RevocationCopy(devices: devices, copy: revocations, logger: host.logger),
    ],
    checks: [.init("revocations", isNeeded: true) { (try? await revocations.isComplete()) == true }])
}
