import Application
import Domain
import RedisDriver

/// Live talks in Redis. Each step is one script in one hash slot; beats of several talks may be one step.
public struct RedisLiveTalkStore: LiveTalkStore {
  let redis: RedisClient
  let scripts: RedisTalkScripts
  private let grace: TalkTime
  private let longest: TalkTime
  let beats: RedisBeatBatches

  /// - Parameters:
  ///   - grace: how long a talk runs beyond its grant while Postgres cannot be reached.
  ///   - longest: the longest duration of a talk.
  public init(redis: RedisClient, grace: TalkTime, longest: TalkTime, limit: BeatRateLimit) {
    self.init(redis: redis, grace: grace, longest: longest, limit: limit, scripts: RedisTalkScripts())
  }

  init(redis: RedisClient, grace: TalkTime, longest: TalkTime, limit: BeatRateLimit, scripts: RedisTalkScripts) {
    self.redis = redis
    self.scripts = scripts
    self.grace = grace
    self.longest = longest
    beats = RedisBeatBatches(redis: redis, script: scripts.beats, limit: limit)
  }

  public func reserve(_ reservation: LiveTalkReservation) async throws(LiveTalkError) -> LiveTalkReservationResult {
    let reply = try await run(
      scripts.reserve, [Keyspace.session(reservation.session)],
      [
        RedisArgument(reservation.session.text), RedisArgument(reservation.user.description),
        RedisArgument(Int(reservation.available.milliseconds)), RedisArgument(Int(reservation.walletVersion)),
        RedisArgument(Int(grace.milliseconds)), RedisArgument(Int(longest.milliseconds)),
        RedisArgument(reservation.takeOver ? 1 : 0),
      ])
    let other = reply.count > 1 ? reply[1].string.flatMap { SessionID($0) } : nil
    switch (reply.first?.int, other) {
    case (0, _): return .reserved
    case (1, let other?): return .alreadyLive(other)
    case (2, let other?): return .tookOver(other)
    default: throw .unavailable
    }
  }

  public func drop(_ session: SessionID) async throws(LiveTalkError) {
    _ = try await send(scripts.drop, [Keyspace.session(session)], [RedisArgument(session.text)])
  }

  public func note(_ grant: SliceGrant, for session: SessionID) async throws(LiveTalkError) -> LiveTalk? {
    let reply = try await told(
      scripts.grant, [Keyspace.session(session)],
      [
        RedisArgument(session.text), RedisArgument(Int(grant.cumulative.milliseconds)), RedisArgument(Int(grant.slice)),
        RedisArgument(Int(grant.walletVersion)), RedisArgument(Int(grant.available.milliseconds)),
        RedisArgument(grant.isFinal ? 1 : 0),
      ])
    return try known(reply, session)
  }

  public func read(_ session: SessionID) async throws(LiveTalkError) -> LiveTalk? {
    let reply = try await told(
      scripts.read, [Keyspace.session(session)], [RedisArgument(session.text)])
    return try known(reply, session)
  }

  public func hangUp(
    _ session: SessionID, user: UserID?, _ reason: EndReason
  ) async throws(LiveTalkError) -> LiveTalk? {
    let reply = try await told(
      scripts.hangUp, [Keyspace.session(session)],
      [RedisArgument(session.text), RedisArgument(user?.description ?? ""), RedisArgument(reason.rawValue)])
    return try known(reply, session)
  }

  public func current(of user: UserID) async throws(LiveTalkError) -> SessionID? {
    do {
      let reply = try await redis.send(RedisCommand("GET", RedisArgument(Keyspace.live(user))))
      return reply.string.flatMap { SessionID($0) }
    } catch { throw .unavailable }
  }

  public func walletChanged(_ change: WalletChanged) async throws(LiveTalkError) -> LiveTalk? {
    guard let current = try await current(of: change.userID) else { return nil }
    let reply = try await told(
      scripts.wallet, [Keyspace.live(change.userID)],
      [
        RedisArgument(change.userID.description), RedisArgument(Int(change.version)),
        RedisArgument(Int(change.available.milliseconds)), RedisArgument(change.frozen ? 1 : 0),
      ])
    return try known(reply, current)
  }

  public func settled(_ session: SessionID) async throws(LiveTalkError) {
    do {
      try await redis.send(
        RedisCommand("EXPIRE", RedisArgument(Keyspace.session(session)), RedisArgument(Keyspace.settledTTL)))
    } catch { throw .unavailable }
  }

  // MARK: replies

  private func send(
    _ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]
  ) async throws(LiveTalkError) -> RedisValue {
    do {
      return try await redis.run(script, keys: keys, arguments: arguments)
    } catch { throw .unavailable }
  }

  private func run(
    _ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]
  ) async throws(LiveTalkError) -> [RedisValue] {
    guard let reply = try await send(script, keys, arguments).array else { throw .unavailable }
    return reply
  }

  private func told(
    _ script: RedisScript, _ keys: [String], _ arguments: [RedisArgument]
  ) async throws(LiveTalkError) -> RedisTalkScriptReply {
    guard let reply = RedisTalkScriptReply(try await send(script, keys, arguments)) else { throw .unavailable }
    return reply
  }

  private func known(_ reply: RedisTalkScriptReply, _ session: SessionID) throws(LiveTalkError) -> LiveTalk? {
    if reply.code == 1 { return nil }
    guard let user = reply.user else { throw .unavailable }
    return try reply.talk(session, of: user)
  }
}
