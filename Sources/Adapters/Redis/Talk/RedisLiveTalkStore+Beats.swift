import Application
import Domain
import RedisDriver
import Synchronization

extension RedisLiveTalkStore {
  public func beat(_ beat: Heartbeat) async throws(LiveTalkError) -> HeartbeatResult {
    try await withCheckedContinuation { continuation in
      self.beat(beat) { continuation.resume(returning: $0) }
    }.get()
  }

  public func beat(
    _ beat: Heartbeat, answered: @escaping @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void
  ) {
    beats.take(beat, answered: answered)
  }
}

/// Charges beats. Those that arrive in one tick of an event loop for one shard are one call of the script, because most
/// of a beat's cost is that of a call.
final class RedisBeatBatches: Sendable {
  /// The most beats of a call. Redis does nothing else meanwhile, and a call of this size takes less than half a
  /// millisecond.
  static let largest = 64

  private struct Pending: Sendable {
    let beat: Heartbeat
    let answered: @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void
  }

  /// What has arrived in this tick of one event loop.
  private final class Tick: Sendable {
    private struct State {
      var batches: [Shard: [Pending]] = [:]
      /// The beats without an answer, also those of earlier ticks.
      var unanswered = 0
    }

    private let state = Mutex(State())

    /// - Returns: whether the beat is the first of the tick; nil if there are too many without an answer.
    func add(_ pending: Pending, most: Int) -> Bool? {
      state.withLock { state in
        guard state.unanswered < most else { return nil }
        state.unanswered += 1
        let isFirst = state.batches.isEmpty
        state.batches[pending.beat.session.shard, default: []].append(pending)
        return isFirst
      }
    }

    func end() -> [[Pending]] {
      state.withLock { state in
        defer { state.batches = [:] }
        return Array(state.batches.values)
      }
    }

    func answered(_ count: Int) { state.withLock { $0.unanswered -= count } }
  }

  private let redis: RedisClient
  private let script: RedisScript
  private let limit: BeatRateLimit
  private let ticks: [Tick]
  private let counters = HeartbeatCounters()

  init(redis: RedisClient, script: RedisScript, limit: BeatRateLimit) {
    self.redis = redis
    self.script = script
    self.limit = limit
    ticks = (0..<redis.loopCount).map { _ in Tick() }
  }

  /// - Parameter answered: called once: on an event loop, or at once if the beat cannot be sent.
  func take(_ beat: Heartbeat, answered: @escaping @Sendable (Result<HeartbeatResult, LiveTalkError>) -> Void) {
    let pending = Pending(beat: beat, answered: answered)
    guard let loop = redis.currentLoop else { return send([pending]) }
    let tick = ticks[loop]
    switch tick.add(pending, most: redis.maximumInFlight) {
    case nil: settle(pending, .failure(.unavailable))
    case false?: break
    case true?: redis.atEndOfTick { self.end(tick) }
    }
  }

  private func end(_ tick: Tick) {
    for batch in tick.end() {
      var rest = batch[...]
      while !rest.isEmpty {
        let part = Array(rest.prefix(Self.largest))
        rest = rest.dropFirst(Self.largest)
        send(part) { tick.answered(part.count) }
      }
    }
  }

  /// - Parameters:
  ///   - batch: beats of one shard.
  ///   - done: called before the answers.
  private func send(_ batch: [Pending], done: @escaping @Sendable () -> Void = {}) {
    guard let shard = batch.first?.beat.session.shard else { return }
    let beats = batch.map(\.beat)
    redis.run(script, keys: Self.keys(of: beats, in: shard), arguments: words(of: beats)) { result in
      if batch.count > 1, case .failure(.server(let code, _)) = result, code == "ERR" || code == "WRONGTYPE" {
        // The record of one talk is broken. The others' beats are not refused with its own. What the call has charged
        // is not charged again, since a beat charges the time since the one before.
        done()
        for pending in batch { self.send([pending]) }
        return
      }
      done()
      guard case .success(let value) = result, let replies = value.array, replies.count == batch.count else {
        for pending in batch { self.settle(pending, .failure(.unavailable)) }
        return
      }
      for (pending, reply) in zip(batch, replies) { self.settle(pending, Self.result(reply, pending.beat)) }
    }
  }

  private func settle(_ pending: Pending, _ result: Result<HeartbeatResult, LiveTalkError>) {
    counters.note(result)
    pending.answered(result)
  }

  private static func keys(of beats: [Heartbeat], in shard: Shard) -> [RedisArgument] {
    let (revoked, session) = (Keyspace.revokedPrefix(shard), Keyspace.sessionPrefix(shard))
    var keys: [RedisArgument] = []
    keys.reserveCapacity(2 + 2 * beats.count)
    keys.append(RedisArgument(Keyspace.clock(shard)))
    keys.append(RedisArgument(Keyspace.revocations(shard)))
    for beat in beats { keys.append(RedisArgument(revoked, beat.user.description)) }
    for beat in beats { keys.append(RedisArgument(session, beat.session.text)) }
    return keys
  }

  private func words(of beats: [Heartbeat]) -> [RedisArgument] {
    var words: [RedisArgument] = []
    words.reserveCapacity(2 + 3 * beats.count)
    words.append(RedisArgument(limit.interval))
    words.append(RedisArgument(limit.burst))
    for beat in beats {
      words.append(RedisArgument(beat.device.description))
      words.append(RedisArgument(beat.issuedAt))
      words.append(RedisArgument(beat.seq ?? -1))
    }
    return words
  }

  private static func result(_ value: RedisValue, _ beat: Heartbeat) -> Result<HeartbeatResult, LiveTalkError> {
    guard let reply = RedisTalkScriptReply(value) else { return .failure(.unavailable) }
    do throws(LiveTalkError) {
      switch reply.code {
      case 0: return .success(.accepted(try reply.talk(beat.session, of: beat.user)))
      case 1: return .success(.notFound)
      case 2: return .success(.ended(try reply.talk(beat.session, of: beat.user)))
      case 3: return .success(.limited)
      case 4: return .success(.revoked)
      default: return .success(.unknowable)
      }
    } catch {
      return .failure(error)
    }
  }
}
