import Domain
import RedisDriver
import Synchronization

/// One consumer's place in its group: its name, and the entries that it works on.
struct ConsumerSlot: Sendable {
  private static let hold = RedisScript(name: "hold", source: PackageResources.hold_lua)
  private static let again = RedisScript(name: "again", source: PackageResources.again_lua)
  private static let forget = RedisScript(name: "forget", source: PackageResources.forget_lua)
  private static let late = RedisScript(name: "late", source: PackageResources.late_lua)

  /// From here on, the store's counter of an entry holds attempts. Below it, it holds deliveries.
  static let attemptMark = 1_000_000

  let redis: RedisClient
  let stream, group, consumer: String
  private let hand = Hand()

  init(redis: RedisClient, stream: String, group: String, consumer: String) {
    self.redis = redis
    self.stream = stream
    self.group = group
    self.consumer = consumer
  }

  /// Works through entries and reports to the store that they are in progress, so that no other consumer claims them
  /// because of their age. The reports stop when one attempt has lasted longer than `patience`, because it then counts
  /// as hanging.
  func holding(
    _ entries: [StreamEntry], every interval: Duration, patience: Duration, _ work: () async throws -> Void
  ) async throws {
    hand.take(entries.map(\.id))
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      group.addTask { [self] in
        while (try? await Task.sleep(for: interval)) != nil {
          let ids = hand.ids(since: .now - patience)
          if !ids.isEmpty { try? await mark(ids, idle: .zero, givingBack: nil) }
        }
      }
      try await work()
    }
  }

  /// An attempt begins: the entries in progress are alive.
  func begin(_ entry: StreamEntry) { hand.touch(entry.id) }
  func finish(_ entry: StreamEntry) { hand.drop(entry.id) }

  /// Counts one more attempt at an entry that was delivered before. The store has the count, because the attempts
  /// before may have ended with their process.
  /// - Returns: the number of attempts before; nil if the entry belongs to another consumer now.
  func countAttempt(at entry: StreamEntry) async throws -> Int64? {
    let reply = try await redis.run(
      Self.again, keys: [stream],
      arguments: [
        RedisArgument(group), RedisArgument(consumer), RedisArgument(entry.id), RedisArgument(Self.attemptMark),
      ])
    return reply.int.flatMap { $0 < 0 ? nil : $0 }
  }

  /// Takes back the attempt at an entry that this consumer keeps, because a store is away. A process that is killed
  /// during the outage then leaves no attempt behind. The next attempt is counted by ``countAttempt(at:)``.
  func giveBack(_ entry: StreamEntry) async throws {
    try await mark([entry.id], idle: .zero, givingBack: entry.id)
    hand.rest(entry.id)
  }

  /// Leaves an entry pending, for whoever looks next.
  func release(_ entry: StreamEntry) async throws {
    hand.drop(entry.id)
    try await mark([entry.id], idle: .seconds(86_400), givingBack: nil)
  }

  /// Acknowledges an entry whose attempt has ended late, if it still belongs to this consumer.
  /// - Returns: whether it does.
  func acknowledgeOwn(_ entry: StreamEntry) async throws -> Bool {
    let reply = try await redis.run(
      Self.late, keys: [stream],
      arguments: [RedisArgument(group), RedisArgument(consumer), RedisArgument(entry.id)])
    return reply.int == 1
  }

  /// Returns the unfinished entries, so that other consumers can claim them at once. Deletes the consumer's name if it
  /// has no entries left.
  func leave() async {
    try? await mark(hand.ids(since: nil), idle: .seconds(86_400), givingBack: hand.current)
    _ = try? await forget(idleFor: .zero, only: consumer)
  }

  /// Deletes the names of consumers that are gone and left no entries. A blocking read for new entries does not reset a
  /// consumer's idle time, so each consumer regularly reads its own pending entries to show that it is alive. It reads
  /// behind all of them, because to read an entry counts a delivery of it and makes it look young.
  func forgetOthers(idleFor age: Duration) async throws {
    try await redis.send(
      RedisCommand(
        "XREADGROUP", "GROUP", RedisArgument(group), RedisArgument(consumer), "COUNT", "1", "STREAMS",
        RedisArgument(stream), RedisArgument("\(UInt64.max)-0")))
    try await forget(idleFor: age, only: "")
  }

  private func forget(idleFor age: Duration, only name: String) async throws {
    try await redis.run(
      Self.forget, keys: [stream],
      arguments: [RedisArgument(group), RedisArgument(age.wholeMilliseconds), RedisArgument(name)])
  }

  private func mark(_ ids: [String], idle: Duration, givingBack entry: String?) async throws {
    guard !ids.isEmpty else { return }
    try await redis.run(
      Self.hold, keys: [stream],
      arguments: [
        RedisArgument(group), RedisArgument(consumer), RedisArgument(idle.components.seconds * 1_000),
        RedisArgument(entry ?? ""), RedisArgument(Self.attemptMark),
      ] + ids.map { RedisArgument($0) })
  }
}

private final class Hand: Sendable {
  private struct State {
    var ids: [String] = []
    /// The entry that is worked on, and whose attempt is counted.
    var current: String?
    var alive = ContinuousClock.now
  }

  private let state = Mutex(State())

  func take(_ ids: [String]) { state.withLock { $0 = State(ids: ids) } }

  func touch(_ id: String) {
    state.withLock { state in
      state.current = id
      state.alive = .now
    }
  }

  /// No attempt at the entry is in progress; it stays in hand.
  func rest(_ id: String) {
    state.withLock { state in
      if state.current == id { state.current = nil }
    }
  }

  func drop(_ id: String) {
    state.withLock { state in
      state.ids.removeAll { $0 == id }
      if state.current == id { state.current = nil }
    }
  }

  var current: String? { state.withLock(\.current) }

  /// The entries in progress; empty if the attempt began before that time.
  func ids(since earliest: ContinuousClock.Instant?) -> [String] {
    state.withLock { state in earliest.map { state.alive >= $0 } ?? true ? state.ids : [] }
  }
}
