import Domain
import Foundation
import Testing

@testable import RedisAdapter

/// Keys are a contract: data from an earlier version must be found again, and the scripts contain the same names.
@Suite("The keys in Redis")
struct KeyspaceTests {
  @Test("the keys keep their established spelling")
  func spelling() throws {
    let user = try #require(UserID("e621e1f8-c36c-495a-93fc-0c247a3e6e57"))
    let shard = Shard(of: user)
    let session = try #require(SessionID(shard: shard, random: Array(repeating: 0, count: 16)))
    #expect(Keyspace.session(session) == "tt:{s07}:session:\(session.text)")
    #expect(Keyspace.live(user) == "tt:{s07}:live:\(user)")
    #expect(Keyspace.deadlines(shard) == "tt:{s07}:deadlines")
    #expect(Keyspace.clock(shard) == "tt:{s07}:clock")
    #expect(Keyspace.ended(shard) == "tt:{s07}:ended")
    #expect(Keyspace.changes(shard) == "tt:{s07}:changes")
    #expect(Keyspace.subscriptions(user) == "tt:{s07}:watchers:\(user)")
    #expect(Keyspace.revoked(user, in: shard) == "tt:{s07}:revoked:\(user)")
    #expect(Keyspace.revocations(shard) == "tt:{s07}:revocations")
    #expect(Keyspace.events(.billing) == "tt:{bus}:events:billing")
    #expect(Keyspace.deadLetters("ended") == "tt:{bus}:dead:ended")
    #expect(Keyspace.relay("auth") == "tt:{bus}:relay:auth")
    #expect(Keyspace.trimmer == "tt:{bus}:trimmer")
    #expect(Keyspace.drain == "tt:{bus}:drain")
    #expect(Keyspace.limit("login", subject: "s") == "tt:limit:login:s")
    #expect(Keyspace.nonce("n") == "tt:nonce:n")
    #expect(Keyspace.keySet == "tt:jwks")
  }

  @Test("the keys' prefix is as long as the scripts assume", arguments: Shard.all)
  func prefix(shard: Shard) {
    #expect(Keyspace.prefix(shard) == "tt:\(shard.tag):" && Keyspace.prefix(shard).count == 9)
  }

  @Test("the scripts make the same keys from the prefix")
  func scripts() throws {
    let user = UserID(UUID())
    let shard = Shard(of: user)
    let session = try #require(SessionID(shard: shard, random: Array(repeating: 0, count: 16)))
    let known = [
      Keyspace.session(session), Keyspace.live(user), Keyspace.deadlines(shard), Keyspace.clock(shard),
      Keyspace.ended(shard), Keyspace.changes(shard), Keyspace.subscriptions(user), Keyspace.revoked(user, in: shard),
      Keyspace.revocations(shard),
    ].map { $0.dropFirst(9).replacing(session.text, with: "").replacing(user.description, with: "") }
    let all = RedisTalkScripts()
    let scripts = [
      all.beats, all.reserve, all.drop, all.grant, all.wallet, all.hangUp, all.read, all.tick, all.watch, all.carePlan,
    ]
    for script in scripts {
      for match in String(decoding: script.source, as: UTF8.self).matches(of: /prefix \.\. '([^']*)'/) {
        #expect(known.contains(match.1), "\(script.name)")
      }
    }
  }
}
