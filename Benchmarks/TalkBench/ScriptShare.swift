import BenchSupport
import Domain
import Foundation
import RedisAdapter
import RedisDriver

/// Measures Redis with only the script of a beat: redis-benchmark runs it on one talk.
struct ScriptShare {
  let redis: RedisClient
  let environment: BenchEnvironment

  /// - Returns: scripts per second.
  func rate(_ talk: Talkers.Talk, _ connections: Int) async throws -> Double {
    guard let session = SessionID(talk.session), let claims = Claims(talk.token), let user = UserID(claims.sub),
      let url = URLComponents(string: environment.redisURL), let host = url.host
    else { throw Program.Unreadable("redis-benchmark", output: "no talk") }
    let script = RedisTalkScripts().beats
    _ = try await redis.send(RedisCommand("SCRIPT", "LOAD", RedisArgument(script.source)))
    let command = [
      "redis-benchmark", "-h", host, "-p", String(url.port ?? 6_379), "-a", url.password ?? "", "-c",
      String(connections), "-n", "300000", "--csv", "EVALSHA", script.sha1, "4",
      Keyspace.clock(session.shard), Keyspace.revocations(session.shard),
      Keyspace.revoked(user, in: session.shard), Keyspace.session(session), "0", "1",
      claims.sid, String(claims.iat), "-1",
    ]
    let output = try await Program.run(command, withErrors: true).output
    let line = output.split(whereSeparator: \.isNewline).last { $0.hasPrefix("\"EVALSHA") }
    let cells = line.map { $0.components(separatedBy: "\",\"") } ?? []
    guard cells.count > 1, let rate = Double(cells[1]) else {
      throw Program.Unreadable("redis-benchmark", output: output)
    }
    return rate
  }
}

/// Reads the user from an access token without verifying it.
private struct Claims: Decodable {
  let sub, sid: String
  let iat: Int64

  init?(_ token: String) {
    let parts = token.split(separator: ".")
    guard parts.count == 3 else { return nil }
    var text = parts[1].replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    while text.count % 4 != 0 { text += "=" }
    guard let data = Data(base64Encoded: text), let claims = try? JSONDecoder().decode(Claims.self, from: data) else {
      return nil
    }
    self = claims
  }
}
