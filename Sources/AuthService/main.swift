import CryptoAdapter
import PostgresAdapter
import RedisAdapter
import Runtime

await runService {
  let settings = try AuthSettings()
  let host = try ServiceHost(name: "auth", settings: settings.common, needs: [.redis, .postgres])
  let signer = try await TokenSigner(
    secret: settings.jwtSecret, next: settings.nextJWTSecret, previous: settings.previousJWTSecret,
    issuer: settings.common.publicURL)
  let verifier = TokenVerifier(
    issuer: settings.common.publicURL, clock: SystemClock(), copy: RedisKeySetCache(redis: host.redis),
    fetch: { signer.keySet })
  let revocations = RedisRevocationCache(redis: host.redis)
  let devices = PostgresDeviceRepository(database: host.postgres, copy: revocations)
  let auth = try AuthModule(
    settings,
    AuthPorts(host, settings, signer: signer, verifier: verifier, devices: devices, revocations: revocations))
  let copy = RevocationCacheRefresh(devices: devices, copy: revocations, logger: host.logger)
  // All tokens are refused until the copy is complete.
  let copier = host.worker("copy of the revocations", every: .seconds(1), retryAfter: .milliseconds(100)) {
    try await copy.runOnce()
  }
  try await host.run(
    auth.api, verifier: verifier, background: host.upkeep + [host.taskServiceCheck, copier],
    checks: [.init("revocations", isNeeded: true) { (try? await revocations.isComplete()) == true }])
}
