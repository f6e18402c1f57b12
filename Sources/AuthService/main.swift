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
  let relay = OutboxRelay(
    source: "auth", pool: host.postgres, bus: RedisEventBus(redis: host.redis), logger: host.logger)
  let retention = PostgresRetention(service: "auth", database: host.postgres, logger: host.logger)
  let trimmer = StreamTrimmer(redis: host.redis, interval: host.settings.retentionInterval, logger: host.logger)
  let copy = RevocationCopy(devices: devices, copy: revocations, logger: host.logger)
  try await host.run(
    router, prefix: "/auth", verifier: verifier, problems: .auth,
    background: [
      host.worker("outbox relay", every: .milliseconds(500), wokenBy: { relay.commits }) { try await relay.runOnce() },
      host.worker("retention", every: host.settings.retentionInterval) { await retention.runOnce() },
      host.worker("stream trimmer", every: host.settings.retentionInterval) { try await trimmer.runOnce() },
      // Until the copy is there nobody is let in.
      host.worker("copy of the revocations", every: .seconds(1), retryAfter: .milliseconds(100)) {
        try await copy.runOnce()
      },
    ],
    checks: [.init("revocations", isNeeded: true) { (try? await revocations.isComplete()) == true }])
}
