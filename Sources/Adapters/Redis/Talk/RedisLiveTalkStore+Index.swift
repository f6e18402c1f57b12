import Application
import Domain
import FoundationEssentials
import RedisDriver

extension RedisLiveTalkStore: LiveTalkIndex {
  /// The deadlines of each shard name its talks that are not over. This needs one command for each shard, and one
  /// script for each talk on the page.
  public func page(
    after: SessionID?, limit: Int
  ) async throws(LiveTalkError) -> (items: [ListedLiveTalk], next: SessionID?) {
    let shards = Shard.all.filter { $0.number >= after?.shard.number ?? 0 }
    let names = try await replies(
      shards.map { RedisCommand("ZRANGE", RedisArgument(Keyspace.deadlines($0)), "0", "-1") })
    var found: [SessionID] = []
    for (shard, reply) in zip(shards, names) where found.count <= limit {
      let ids = (reply.array ?? []).compactMap { $0.string.flatMap { SessionID($0) } }
      found += ids.filter { shard != after?.shard || $0.text > after?.text ?? "" }.sorted { $0.text < $1.text }
    }
    let shown = Array(found.prefix(limit))
    return (try await listed(shown), found.count > limit ? shown.last : nil)
  }

  public func count() async throws(LiveTalkError) -> Int {
    try await replies(Shard.all.map { RedisCommand("ZCARD", RedisArgument(Keyspace.deadlines($0))) })
      .reduce(0) { $0 + Int($1.int ?? 0) }
  }

  private func listed(_ sessions: [SessionID]) async throws(LiveTalkError) -> [ListedLiveTalk] {
    if sessions.isEmpty { return [] }
    let looks = sessions.map { session in
      RedisCommand(
        "EVALSHA", RedisArgument(scripts.read.sha1), "1", RedisArgument(Keyspace.session(session)),
        RedisArgument(session.text))
    }
    // The script must be known before it can be called by name.
    let load = RedisCommand("SCRIPT", "LOAD", RedisArgument(scripts.read.source))
    let replies = try await replies([load] + looks).dropFirst()
    var items: [ListedLiveTalk] = []
    for (session, reply) in zip(sessions, replies) {
      guard let told = RedisTalkScriptReply(reply) else { throw .unavailable }
      // The talk was removed or ended after its name was read.
      guard told.code == 0, let user = told.user else { continue }
      items.append(
        ListedLiveTalk(
          talk: try told.talk(session, of: user), silence: told.silence.map { .milliseconds($0) },
          connectedAt: told.firstBeat.map { Date(unixMilliseconds: $0) }))
    }
    return items
  }

  private func replies(_ commands: [RedisCommand]) async throws(LiveTalkError) -> [RedisValue] {
    let replies: [RedisValue]
    do { replies = try await redis.pipeline(commands) } catch { throw .unavailable }
    for reply in replies { if case .error = reply { throw .unavailable } }
    return replies
  }
}
