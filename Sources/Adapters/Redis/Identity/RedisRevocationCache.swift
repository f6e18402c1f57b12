import Application
import Domain
import FoundationEssentials
import RedisDriver

/// The copy of the revocations: a hash for each user, and for each shard a marker that says the copy is complete. If
/// Redis loses its data, the marker is lost too: all tokens are refused until auth has rebuilt the copy from Postgres.
/// A restarted Redis may have older data with a marker. Each service therefore sends ``dropForeignMarkers`` first on
/// every connection.
public struct RedisRevocationCache: RevocationCache, RevocationChecker {
  private let redis: RedisClient
  private let script = RedisScript(
    name: "fill", source: Array("local REVOKED_TTL = \(Keyspace.revokedTTL)\n".utf8) + PackageResources.fill_lua)

  public init(redis: RedisClient) { self.redis = redis }

  /// Removes the markers that were not set in the present run of Redis.
  public static let dropForeignMarkers = RedisScript(
    name: "drop_foreign_markers", source: PackageResources.drop_foreign_markers_lua
  ).callWithText(Shard.all.map { RedisArgument(Keyspace.revocations($0)) }, [])

  public func isRevoked(_ claims: AccessTokenClaims) async throws(AccessTokenError) -> Bool {
    let shard = Shard(of: claims.userID)
    do {
      let replies = try await redis.pipeline([
        RedisCommand("GET", RedisArgument(Keyspace.revocations(shard))),
        RedisCommand(
          "HMGET", RedisArgument(Keyspace.revoked(claims.userID, in: shard)),
          RedisArgument(claims.deviceID.description), "*"),
      ])
      guard replies.count == 2, replies[0].string != nil, let fields = replies[1].array, fields.count == 2 else {
        throw AccessTokenError.revocationsUnavailable
      }
      if fields[0].string != nil { return true }
      guard let cutoff = fields[1].string.flatMap({ Int64($0) }) else { return false }
      return claims.issuedAt.unixSeconds <= cutoff
    } catch {
      throw .revocationsUnavailable
    }
  }

  public func revoke(_ device: DeviceID, user: UserID) async throws {
    let shard = Shard(of: user)
    let key = Keyspace.revoked(user, in: shard)
    let replies = try await redis.pipeline([
      RedisCommand("HSET", RedisArgument(key), RedisArgument(device.description), "1"),
      RedisCommand("EXPIRE", RedisArgument(key), RedisArgument(Keyspace.revokedTTL)),
      RedisCommand("PUBLISH", RedisArgument(Keyspace.changes(shard)), RedisArgument("revoked \(user) \(device) 0")),
    ])
    for case .error(let message) in replies { throw RedisError.server(code: "ERR", message: message) }
  }

  public func isComplete() async throws -> Bool {
    let markers = try await redis.pipeline(
      Shard.all.map { RedisCommand("GET", RedisArgument(Keyspace.revocations($0))) })
    return markers.allSatisfy { $0.string != nil }
  }

  public func fill(with revocations: [Revocation], whole: Bool) async throws {
    let byShard = Dictionary(grouping: revocations) { Shard(of: $0.user) }
    for shard in Shard.all where whole || byShard[shard] != nil {
      let words = (byShard[shard] ?? []).flatMap { revocation -> [RedisArgument] in
        [
          RedisArgument(Keyspace.revoked(revocation.user, in: shard)),
          RedisArgument(revocation.device?.description ?? "*"),
          RedisArgument(revocation.cutoff.unixSeconds),
        ]
      }
      _ = try await redis.run(script, keys: [Keyspace.revocations(shard)], arguments: [whole ? "1" : "0"] + words)
    }
  }
}
