import Application
import Domain

/// Every key of ours in Redis. Keys with the hash tag `{sNN}` are a shard's, and one script may touch several of them; those
/// with `{bus}` belong to the events between the services. The scripts append the same names to the shard's prefix.
package enum Keyspace {
  // MARK: a shard's

  private static let prefixes = Shard.all.map { "tt:\($0.tag):" }

  /// What the keys of a shard begin with: `tt:{sNN}:`, nine characters, which the scripts cut off their first key.
  package static func prefix(_ shard: Shard) -> String { prefixes[Int(shard.number)] }

  /// A hash: a talk's record; the header of meter.lua lists its fields. It lasts for ``settledTTL`` after its settlement.
  package static func session(_ id: SessionID) -> String { "\(prefix(id.shard))session:\(id.text)" }

  /// A string: the id of the user's talk that is not over. It goes with the end of the talk.
  package static func live(_ user: UserID) -> String { "\(prefix(Shard(of: user)))live:\(user)" }

  /// A sorted set: the ids of the shard's talks that are not over, by the shard time at which a tick looks at them. An id
  /// goes with the end of its talk.
  package static func deadlines(_ shard: Shard) -> String { "\(prefix(shard))deadlines" }

  /// A string: the shard's ``ShardClock`` as four doubles, big-endian, and the run id of Redis. It never expires.
  package static func clock(_ shard: Shard) -> String { "\(prefix(shard))clock" }

  /// A stream: one entry for each end of a talk, with the field `event`. ``StreamTrimmer`` trims it.
  package static func ended(_ shard: Shard) -> String { "\(prefix(shard))ended" }

  /// A channel, and no key: what becomes of the shard's talks.
  package static func changes(_ shard: Shard) -> String { "\(prefix(shard))changes" }

  /// A sorted set: the user's subscriptions, the newest last. It lasts for the longest talk and an hour after the last one
  /// began.
  package static func subscriptions(_ user: UserID) -> String { "\(prefix(Shard(of: user)))watchers:\(user)" }

  /// A hash: the user's devices whose tokens are refused, and under `*` the second up to which all are. It lasts for
  /// ``revokedTTL`` after the last revocation.
  /// - Parameter shard: the user's, unless one script also touches a key of another.
  package static func revoked(_ user: UserID, in shard: Shard) -> String { "\(prefix(shard))revoked:\(user)" }

  /// A string: it says that the shard's copy of the revocations is whole. It never expires.
  package static func revocations(_ shard: Shard) -> String { "\(prefix(shard))revocations" }

  // MARK: the bus

  /// A stream: the events of a context, one entry an event, with the field `event`. ``StreamTrimmer`` trims it.
  package static func events(_ context: EventContext) -> String { "tt:{bus}:events:\(context.rawValue)" }

  /// A stream: what the consumers gave up, under the name that they give their list. ``StreamTrimmer`` trims it.
  package static func deadLetters(_ list: String) -> String { "tt:{bus}:dead:\(list)" }

  /// A string: a number that only a flush takes away, by which a relay knows Redis again. It never expires.
  package static func relay(_ source: String) -> String { "tt:{bus}:relay:\(source)" }

  /// A string: the process whose turn it is to trim the streams. It lasts for nine tenths of the trimmer's interval.
  package static let trimmer = "tt:{bus}:trimmer"

  /// A string: the order to start no talks, as JSON. It never expires.
  package static let drain = "tt:{bus}:drain"

  // MARK: single keys

  /// A string: the theoretical arrival time of a rate limit (GCRA) in microseconds. It lasts until the limit is full again.
  package static func limit(_ name: String, subject: String) -> String { "tt:limit:\(name):\(subject)" }

  /// A string: a nonce that was given out for a sign-in with Google. It lasts for ``nonceTTL``.
  package static func nonce(_ nonce: String) -> String { "tt:nonce:\(nonce)" }

  /// A string: auth's public keys as JSON. It never expires.
  package static let keySet = "tt:jwks"

  // MARK: lives, in seconds

  /// How long what became of a talk can be read in Redis after its settlement.
  package static let settledTTL: Int64 = 3_600
  /// Longer than any access token that was issued before the revocation is valid.
  package static let revokedTTL: Int64 = 90_000
  package static let nonceTTL: Int64 = 300
}
