import Application
import CryptoAdapter
import Domain
import Foundation
import RedisAdapter
import RedisDriver

/// Talks that are in Redis only, for measurements that need many: granted for longer than they will last.
struct SeededTalks {
  struct NoID: Error {}

  private let environment: BenchEnvironment
  private let live: RedisLiveTalkStore

  init(_ environment: BenchEnvironment, _ redis: RedisClient) {
    self.environment = environment
    live = RedisLiveTalkStore(
      redis: redis, grace: .seconds(30), longest: .minutes(60), limit: BeatRateLimit(interval: 0, burst: 1))
  }

  func make(_ count: Int) async throws -> [Talkers.Talk] {
    let signer = try await TokenSigner(secret: environment.signingSecret, issuer: environment.publicURL)
    var talks: [Talkers.Talk] = []
    for _ in stride(from: 0, to: count, by: 200) {
      talks += try await withThrowingTaskGroup(of: Talkers.Talk.self) { tasks in
        for _ in 0..<min(200, count - talks.count) { tasks.addTask { try await make(signer) } }
        return try await tasks.reduce(into: []) { $0.append($1) }
      }
    }
    return talks
  }

  private func make(_ signer: TokenSigner) async throws -> Talkers.Talk {
    let (user, device, now) = (UserID(UUID()), DeviceID(UUID()), Date.now)
    let bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
    guard let session = SessionID(shard: Shard(of: user), random: bytes) else { throw NoID() }
    _ = try await live.reserve(
      LiveTalkReservation(session: session, user: user, available: .zero, walletVersion: 1, takeOver: false))
    let grant = SliceGrant(
      cumulative: .minutes(60), slice: 1, walletVersion: 2, available: .minutes(60), isFinal: false)
    _ = try await live.note(grant, for: session)
    let beat = Application.Heartbeat(
      session: session, user: user, device: device, issuedAt: Int64(now.timeIntervalSince1970), seq: 1)
    _ = try await live.beat(beat)
    let claims = AccessTokenClaims(
      userID: user, deviceID: device, scope: [], issuedAt: now, authenticatedAt: now,
      expiresAt: now.addingTimeInterval(86_400))
    return Talkers.Talk(session: session.text, token: try await signer.sign(claims, methods: ["pwd"], id: UUID()))
  }
}
