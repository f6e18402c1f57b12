import Application
import Domain
import RedisDriver

/// The changes of talks, from the shards' channels. Each instance receives each change once, whatever its number of
/// subscriptions.
public struct RedisTalkFeed: TalkFeed {
  private let redis: RedisClient
  private let scripts: RedisTalkScripts
  private let forgetAfter: Int64

  /// - Parameter longest: the longest duration of a talk. Subscriptions of an instance that was killed are dropped an
  ///   hour after that.
  public init(redis: RedisClient, longest: TalkTime) {
    self.init(redis: redis, longest: longest, scripts: RedisTalkScripts())
  }

  init(redis: RedisClient, longest: TalkTime, scripts: RedisTalkScripts) {
    self.redis = redis
    self.scripts = scripts
    forgetAfter = longest.milliseconds / 1_000 + 3_600
  }

  public func listen(_ heard: @escaping @Sendable (TalkBroadcastMessage) async -> Void) async {
    do {
      for try await news in redis.subscribe(Shard.all.map({ Keyspace.changes($0) })) {
        switch news {
        case .begun: await heard(.begins)
        case .message(let message): if let message = TalkBroadcastMessage(message.payload) { await heard(message) }
        }
      }
    } catch {
      // The caller listens again, and then reads what it missed.
    }
  }

  public func join(_ request: TalkSubscriptionRequest, as subscription: TalkSubscriptionID)
    async throws(TalkSubscriptionError)
    -> TalkUpdate
  {
    try await stand(of: request, subscription.text)
  }

  public func look(_ request: TalkSubscriptionRequest) async throws(TalkSubscriptionError) -> TalkUpdate {
    try await stand(of: request, "")
  }

  public func leave(_ request: TalkSubscriptionRequest, as subscription: TalkSubscriptionID) async {
    let subscriptions = Keyspace.subscriptions(request.user)
    _ = try? await redis.send(RedisCommand("ZREM", RedisArgument(subscriptions), RedisArgument(subscription.text)))
  }

  private func stand(of request: TalkSubscriptionRequest, _ subscription: String) async throws(TalkSubscriptionError)
    -> TalkUpdate
  {
    let value: RedisValue
    do {
      value = try await redis.run(
        scripts.watch, keys: [Keyspace.session(request.session)],
        arguments: [
          RedisArgument(request.session.text), RedisArgument(request.user.description),
          RedisArgument(request.device.description), RedisArgument(request.issuedAt), RedisArgument(subscription),
          RedisArgument(TalkSubscriptionRequest.most), RedisArgument(request.instead?.text ?? ""),
          RedisArgument(forgetAfter),
        ])
    } catch { throw .unavailable }
    guard let reply = RedisTalkScriptReply(value) else { throw .unavailable }
    switch reply.code {
    case 0, 2: return try Self.change(reply, value, request)
    case 1: throw .notFound
    case 4: throw .revoked
    default: throw .unavailable
    }
  }

  private static func change(
    _ reply: RedisTalkScriptReply, _ value: RedisValue, _ request: TalkSubscriptionRequest
  ) throws(TalkSubscriptionError) -> TalkUpdate {
    guard let words = value.array, words.count == 7, let version = words[5].string.flatMap({ Int64($0) }) else {
      throw .unavailable
    }
    let talk: LiveTalk
    do { talk = try reply.talk(request.session, of: request.user) } catch { throw .unavailable }
    return TalkUpdate(
      kind: talk.state == .ended ? .ended : .remaining, version: version, session: talk.id, user: talk.user,
      state: talk.state, remaining: talk.remaining, charged: talk.charged, endReason: talk.endReason,
      carePlan: words[6].string.flatMap { $0.isEmpty ? nil : $0 })
  }
}

extension TalkBroadcastMessage {
  /// Reads the form that the scripts write: words separated by single spaces, where the last words of a change may be
  /// empty. Nil for a message that only a newer version of this service understands.
  init?(_ payload: [UInt8]) {
    let words = String(decoding: payload, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
    switch (words.first, words.count) {
    case ("change", 10):
      guard let change = TalkUpdate(words.map(String.init)) else { return nil }
      self = .change(change)
    case ("replaced", 2): self = .replaced(TalkSubscriptionID(String(words[1])))
    case ("revoked", 4):
      let device = DeviceID(String(words[2]))
      guard let user = UserID(String(words[1])), let second = Int64(words[3]), device != nil || words[2] == "*" else {
        return nil
      }
      self = .revoked(user, device, upTo: second)
    default: return nil
    }
  }
}

extension TalkUpdate {
  fileprivate init?(_ words: [String]) {
    guard let session = SessionID(words[1]), let user = UserID(words[2]), let version = Int64(words[3]),
      let kind = Kind(rawValue: words[4]), let state = Int64(words[5]).flatMap({ Meter.State(rawValue: $0) }),
      let remaining = Int64(words[6]), let charged = Int64(words[7])
    else { return nil }
    self.init(
      kind: kind, version: version, session: session, user: user, state: state, remaining: .milliseconds(remaining),
      charged: .milliseconds(charged), endReason: EndReason(rawValue: words[8]),
      carePlan: words[9].isEmpty ? nil : words[9])
  }
}

extension RedisLiveTalkStore: CarePlanSubscriberNotifier {
  public func carePlan(_ status: String, of session: SessionID) async throws(LiveTalkError) {
    do {
      try await redis.run(
        scripts.carePlan, keys: [Keyspace.session(session)],
        arguments: [RedisArgument(session.text), RedisArgument(status)])
    } catch { throw .unavailable }
  }
}
