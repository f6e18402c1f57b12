import Application
import Domain

/// Every key of this system in Redis. Keys with the hash tag `{sNN}` belong to a shard, and one script may use several
/// of them. Keys with `{bus}` belong to the events between the services. The scripts append the same names to the
/// shard's prefix.
package enum Keyspace {
  // MARK: keys of a shard

  private static let prefixes = Shard.all.map { "tt:\($0.tag):" }
  private static let sessionPrefixes = prefixes.map { "\($0)session:" }
  private static let clocks = prefixes.map { "\($0)clock" }
  private static let revokedPrefixes = prefixes.map { "\($0)revoked:" }
  private static let completions = prefixes.map { "\($0)revocations" }

  /// The beginning of a shard's keys: `tt:{sNN}:`, nine characters, which the scripts take from their first key.
  package static func prefix(_ shard: Shard) -> String { prefixes[Int(shard.number)] }

  /// A hash: the record of a talk; the header of meter.lua lists its fields. It expires ``settledTTL`` after the talk's
  /// settlement.
  package static func session(_ id: SessionID) -> String { sessionPrefix(id.shard) + id.text }

  /// What stands before a talk's id in the key of its record.
  package static func sessionPrefix(_ shard: Shard) -> String { sessionPrefixes[Int(shard.number)] }

  /// A string: the id of the user's talk that is not over. It is deleted when the talk ends.
  package static func live(_ user: UserID) -> String { "\(prefix(Shard(of: user)))live:\(user)" }

  /// A sorted set: the ids of the shard's talks that are not over, by the shard time at which a tick checks them. An id
  /// is removed when its talk ends.
  package static func deadlines(_ shard: Shard) -> String { "\(prefix(shard))deadlines" }

  /// A string: the shard's ``ShardClock`` as four doubles, big-endian, and the run id of Redis. It never expires.
  package static func clock(_ shard: Shard) -> String { clocks[Int(shard.number)] }

  /// A stream: one entry for each end of a talk, with the field `event`. ``StreamTrimmer`` trims it.
  package static func ended(_ shard: Shard) -> String { "\(prefix(shard))ended" }

  /// A channel and not a key: the changes of the shard's talks.
  package static func changes(_ shard: Shard) -> String { "\(prefix(shard))changes" }

  /// A sorted set: the user's subscriptions, the newest last. It expires after the longest duration of a talk plus an
  /// hour, counted from the start of the last subscription.
  package static func subscriptions(_ user: UserID) -> String { "\(prefix(Shard(of: user)))watchers:\(user)" }

  /// A hash: the user's devices whose tokens are refused, and under `*` the second up to which all tokens are refused.
  /// It expires ``revokedTTL`` after the last revocation.
  /// - Parameter shard: the user's shard, unless a script also uses a key of another shard.
  package static func revoked(_ user: UserID, in shard: Shard) -> String { revokedPrefix(shard) + user.description }

  /// What stands before a user's id in the key of the user's revocations.
  package static func revokedPrefix(_ shard: Shard) -> String { revokedPrefixes[Int(shard.number)] }

  /// A string: the run id of Redis in which the shard's copy of the revocations was completed. It never expires.
  package static func revocations(_ shard: Shard) -> String { completions[Int(shard.number)] }

  // MARK: the bus

  /// A stream: the events of a context, one entry for each event, with the field `event`. ``StreamTrimmer`` trims it.
  package static func events(_ context: BoundedContext) -> String { "tt:{bus}:events:\(context.rawValue)" }

  /// A stream: the events that consumers gave up on, under the consumers' name for the list. ``StreamTrimmer`` trims
  /// it.
  package static func deadLetters(_ list: String) -> String { "tt:{bus}:dead:\(list)" }

  /// A string: a number that only a flush removes, by which a relay detects a flush of Redis. It never expires.
  package static func relay(_ source: String) -> String { "tt:{bus}:relay:\(source)" }

  /// A string: the process that trims the streams at the moment. It expires after nine tenths of the trimmer's
  /// interval.
  package static let trimmer = "tt:{bus}:trimmer"

  /// A string: the request to start no talks, as JSON. It never expires.
  package static let drain = "tt:{bus}:drain"

  // MARK: single keys

  /// A string: the theoretical arrival time of a rate limit (GCRA) in microseconds. It expires when the whole quota is
  /// available again.
  package static func limit(_ name: String, subject: String) -> String { "tt:limit:\(name):\(subject)" }

  /// A string: a nonce that was given out for a sign-in with Google. It expires after ``nonceTTL``.
  package static func nonce(_ nonce: String) -> String { "tt:nonce:\(nonce)" }

  /// A string: auth's public keys as JSON. It never expires.
  package static let keySet = "tt:jwks"

  // MARK: lifetimes, in seconds

  /// How long an ended talk can be read in Redis after its settlement.
  package static let settledTTL: Int64 = 3_600
  /// Longer than the validity of any access token that was issued before the revocation.
  package static let revokedTTL: Int64 = 90_000
  package static let nonceTTL: Int64 = 300
}
