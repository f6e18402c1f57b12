import Application
import Domain
import Logging
import Metrics
import RedisDriver
import ServiceLifecycle

/// Reads a stream as a member of a group. An event is acknowledged after its handler has finished. The entries of a
/// dead consumer are claimed by others. An event that fails repeatedly goes to the dead letters, where an operator sees
/// it, and so does one whose consumers die or whose handler hangs each time. An event in progress is not claimed by
/// others within the consumer's patience. The names of consumers that are gone are deleted.
public struct StreamConsumer: Service {
  public typealias Handler = @Sendable (EventEnvelope) async throws -> Void

  /// The most attempts at an event that end with no result, because the consumer died or hung.
  static let maximumLosses: Int64 = 10
  private static let page = 32
  private static let lookInterval = Duration.seconds(5)

  private let redis: RedisClient
  private let stream: String
  private let dead: String
  private let group: String
  private let consumer: String
  private let maximumTries: Int
  private let takeOverAfter: Duration
  private let forgetAfter: Duration
  private let patience, grace: Duration
  private let abandoned: AbandonedAttempts
  private let hold: ConsumerSlot
  private let logger: Logger
  private let isAway, isFinal: @Sendable (any Error) -> Bool
  private let handler: Handler
  private let handled, buried, left, stopped: Counter

  /// - Parameters:
  ///   - consumer: a name that no other process has or ever had.
  ///   - takeOverAfter: how long a consumer may not report an entry before others claim it.
  ///   - forgetAfter: how long a consumer without entries may not read before its name is deleted.
  ///   - patience: how long one attempt may last before it is cancelled and the entry is left for a later one.
  ///   - grace: how long a cancelled attempt has to end. After that the consumer goes on without it.
  ///   - abandoned: the attempts without which this and other consumers went on. While there are as many as there may
  ///     be, a consumer whose handler does not heed its cancellation stops; others then claim its entries.
  ///   - isAway: whether an error means that a dependency of the handler cannot be reached; such an attempt does not
  ///     count.
  ///   - isFinal: whether another attempt cannot help after an error. The event goes to the dead letters at once.
  ///   - handler: must be idempotent, because an event may be delivered again.
  public init(
    redis: RedisClient, stream: String, dead: String, group: String, consumer: String, maximumTries: Int = 10,
    takeOverAfter: Duration = .seconds(15), forgetAfter: Duration = .seconds(60),
    patience: Duration = .seconds(300), grace: Duration = .seconds(5), abandoned: AbandonedAttempts = .ofProcess,
    logger: Logger,
    isAway: @escaping @Sendable (any Error) -> Bool = { _ in false },
    isFinal: @escaping @Sendable (any Error) -> Bool = { _ in false },
    handler: @escaping Handler
  ) {
    self.redis = redis
    self.stream = stream
    self.dead = dead
    self.group = group
    self.consumer = consumer
    self.maximumTries = maximumTries
    self.takeOverAfter = takeOverAfter
    self.forgetAfter = forgetAfter
    self.patience = patience
    self.grace = grace
    self.abandoned = abandoned
    hold = ConsumerSlot(redis: redis, stream: stream, group: group, consumer: consumer)
    self.logger = logger
    self.isAway = isAway
    self.isFinal = isFinal
    self.handler = handler
    handled = Counter(label: "talktime_events", dimensions: [("group", group), ("outcome", "handled")])
    buried = Counter(label: "talktime_events", dimensions: [("group", group), ("outcome", "dead")])
    left = Counter(label: "talktime_event_attempts_left", dimensions: [("group", group)])
    stopped = Counter(label: "talktime_event_consumers_stopped", dimensions: [("group", group)])
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var pause = Duration.milliseconds(50)
      while !Task.isCancelled {
        do {
          try await createGroup()
          try await readOn()
          pause = .milliseconds(50)
        } catch {
          if !Task.isCancelled {
            logger.debug("a stream cannot be read", metadata: ["stream": "\(stream)", "error": "\(error)"])
          }
          try? await Task.sleep(for: pause)
          pause = min(pause * 2, .seconds(1))
        }
      }
    }
    // A cancelled task sends nothing more, so this runs in its own task.
    await Task { await hold.leave() }.value
  }

  private func createGroup() async throws(RedisError) {
    do {
      try await redis.send(
        RedisCommand("XGROUP", "CREATE", RedisArgument(stream), RedisArgument(group), "0", "MKSTREAM"))
    } catch .server("BUSYGROUP", _) {
      return
    }
  }

  /// Reads first what this consumer received before a connection broke and did not acknowledge, then what is new. From
  /// time to time it claims what other consumers left.
  private func readOn() async throws {
    try await handleOwnPending()
    var looked: ContinuousClock.Instant?
    while !Task.isCancelled {
      // By the clock and not by the number of reads, which are many on a busy stream.
      if looked.map({ ContinuousClock.now - $0 >= Self.lookInterval }) ?? true {
        try await takeOver()
        try await hold.forgetOthers(idleFor: forgetAfter)
        looked = .now
      }
      let reply = try await redis.blocking(
        RedisCommand(
          "XREADGROUP", "GROUP", RedisArgument(group), RedisArgument(consumer), "COUNT", RedisArgument(Self.page),
          "BLOCK", "1000", "STREAMS", RedisArgument(stream), ">"), timeout: .seconds(1))
      // What is still this consumer's of a page that it has left is among its pending entries.
      guard try await handle(entries(of: reply)) else { return }
    }
  }

  private func handleOwnPending() async throws {
    var start = "-"
    while true {
      let reply = try await redis.send(
        RedisCommand(
          "XPENDING", RedisArgument(stream), RedisArgument(group), RedisArgument(start), "+", RedisArgument(Self.page),
          RedisArgument(consumer)))
      let ids = (reply.array ?? []).compactMap { $0.array?.first?.string }
      guard let last = ids.last else { return }
      try await handleAgain(ids)
      start = "(\(last)"
    }
  }

  /// Redis looks at ten times as many pending entries as it may return, and says where to go on. So the whole list is
  /// looked through, also behind what others work on.
  private func takeOver() async throws {
    var place = "0-0"
    repeat {
      let reply = try await redis.send(
        RedisCommand(
          "XAUTOCLAIM", RedisArgument(stream), RedisArgument(group), RedisArgument(consumer),
          RedisArgument(takeOverAfter.wholeMilliseconds), RedisArgument(place), "COUNT", RedisArgument(Self.page),
          "JUSTID"))
      guard let words = reply.array, words.count >= 2, let next = words[0].string else { return }
      try await handleAgain((words[1].array ?? []).compactMap(\.string))
      place = next
    } while place != "0-0" && !Task.isCancelled
  }

  private func entries(of reply: RedisValue) -> [StreamEntry] {
    guard let streams = reply.array, let first = streams.first?.array, first.count == 2 else { return [] }
    return StreamEntry.all(first[1])
  }

  // MARK: one event

  /// Handles entries that were just delivered to this consumer.
  /// - Returns: false if it has stopped in the middle and left the rest: others may have taken that meanwhile.
  private func handle(_ entries: [StreamEntry]) async throws -> Bool {
    guard !entries.isEmpty else { return true }
    var hasStopped = false
    try await hold.holding(entries, every: takeOverAfter / 3, patience: patience) {
      for entry in entries where !hasStopped {
        hasStopped = try await handle(entry)
        hold.finish(entry)
      }
    }
    return !hasStopped
  }

  /// Handles entries that this consumer, or another one, received before. Those with more than one attempt or delivery
  /// come last, because they may be what ended the consumer before, and the others need not wait for them again.
  private func handleAgain(_ ids: [String]) async throws {
    guard !ids.isEmpty else { return }
    let reads = ids.map { RedisCommand("XRANGE", RedisArgument(stream), RedisArgument($0), RedisArgument($0)) }
    let counts = ids.map { id in
      RedisCommand(
        "XPENDING", RedisArgument(stream), RedisArgument(group), RedisArgument(id), RedisArgument(id), "1")
    }
    let replies = try await redis.pipeline(reads + counts)
    var (fresh, suspects): ([StreamEntry], [StreamEntry]) = ([], [])
    for (id, (reply, pending)) in zip(ids, zip(replies, replies.dropFirst(ids.count))) {
      guard let found = reply.array else { throw RedisError.unavailable }
      if let entry = StreamEntry.all(.array(found)).first {
        let count = pending.array?.first?.array?.last?.int ?? 0
        if count > 1 { suspects.append(entry) } else { fresh.append(entry) }
      } else {
        // An entry that was trimmed meanwhile is nobody's any more.
        try await acknowledge(id)
      }
    }
    let entries = fresh + suspects
    try await hold.holding(entries, every: takeOverAfter / 3, patience: patience) {
      for entry in entries {
        try await handleAgain(entry)
        hold.finish(entry)
      }
    }
  }

  /// An entry whose last attempt goes on here, unheeding, is left to other consumers: another one would hang beside it.
  private func handleAgain(_ entry: StreamEntry) async throws {
    guard !abandoned.contains(place(of: entry)) else { return try await hold.release(entry) }
    guard let attempts = try await hold.countAttempt(at: entry) else { return }
    guard attempts < Self.maximumLosses else { return try await bury(entry, "\(attempts) attempts had no end") }
    try await handle(entry)
  }

  /// - Returns: whether the consumer has stopped meanwhile, because too many handlers did not heed their cancellation.
  @discardableResult
  private func handle(_ entry: StreamEntry) async throws -> Bool {
    guard let event = entry.event else {
      try await bury(entry, "not an event")
      return false
    }
    switch await outcome(of: event, entry) {
    case .handled:
      try await acknowledge(entry.id)
      handled.increment()
    case .handledLate(let hasStopped):
      try await acknowledgeLate(entry)
      return hasStopped
    case .givenUp(let error): try await bury(entry, error)
    case .overdue(let hasStopped):
      logger.warning("an event takes too long", metadata: ["stream": "\(stream)", "entry": "\(entry.id)"])
      try await hold.release(entry)
      return hasStopped
    case .cutOff: throw CancellationError()
    }
    return false
  }

  private enum Outcome {
    case handled
    /// The attempt has succeeded after its time: another consumer may have the entry.
    case handledLate(hasStopped: Bool)
    case givenUp(String)
    /// The attempt lasted too long. It stays counted, and the event stays pending for a later one.
    case overdue(hasStopped: Bool)
    /// The service shuts down: the event stays pending and is delivered again.
    case cutOff
  }

  private func outcome(of event: EventEnvelope, _ entry: StreamEntry) async -> Outcome {
    var tries = 0
    var pause = Duration.milliseconds(100)
    var wasGivenBack = false
    while true {
      if wasGivenBack { _ = try? await hold.countAttempt(at: entry) }
      wasGivenBack = false
      hold.begin(entry)
      do {
        switch try await ending(of: event, entry) {
        case .inTime: return .handled
        case .late(let hasStopped): return .handledLate(hasStopped: hasStopped)
        case .overdue(let hasStopped): return Task.isCancelled ? .cutOff : .overdue(hasStopped: hasStopped)
        }
      } catch {
        if Task.isCancelled { return .cutOff }
        if isAway(error) {
          // An outage may last longer than its process, whose end says nothing of the event.
          wasGivenBack = (try? await hold.giveBack(entry)) != nil
        } else {
          tries += 1
        }
        if tries >= maximumTries || isFinal(error) { return .givenUp("\(error)") }
        logger.warning(
          "an event waits",
          metadata: ["type": "\(event.type)", "id": "\(event.id)", "tries": "\(tries)", "error": "\(error)"])
        guard (try? await Task.sleep(for: pause)) != nil else { return .cutOff }
        pause = min(pause * 2, .seconds(5))
      }
    }
  }

  private enum Ending {
    case inTime
    case late(hasStopped: Bool)
    case overdue(hasStopped: Bool)
  }

  /// Runs the handler once. Throws its error, unless the attempt has lasted too long.
  private func ending(of event: EventEnvelope, _ entry: StreamEntry) async throws -> Ending {
    let (handler, grace) = (handler, grace)
    let attempt = StreamAttempt { try await handler(event) }
    if let result = await attempt.result(within: patience) {
      try result.get()
      return .inTime
    }
    attempt.cancel()
    // By a task of its own, because this one may be what was cancelled.
    if let result = await Task(operation: { await attempt.result(within: grace) }).value {
      return Self.ending(result, hasStopped: false)
    }
    // The process ends, and the attempt with it.
    if Task.isCancelled { return .overdue(hasStopped: false) }
    return await abandon(attempt, entry)
  }

  private static func ending(_ result: Result<Void, any Error>, hasStopped: Bool) -> Ending {
    if case .success = result { .late(hasStopped: hasStopped) } else { .overdue(hasStopped: hasStopped) }
  }

  /// Goes on without an attempt that does not heed its cancellation. If that is one too many, waits until it or another
  /// one has ended.
  private func abandon(_ attempt: StreamAttempt, _ entry: StreamEntry) async -> Ending {
    let metadata: Logger.Metadata = ["stream": "\(stream)", "group": "\(group)", "entry": "\(entry.id)"]
    let place = place(of: entry)
    var hasStopped = false
    if !abandoned.begin(place) {
      hasStopped = true
      logger.error("a consumer stops: too many handlers do not heed their cancellation", metadata: metadata)
      stopped.increment()
      abandoned.stop()
      defer { abandoned.goOn() }
      repeat {
        if let result = await attempt.result(within: .seconds(1)) { return Self.ending(result, hasStopped: true) }
        if Task.isCancelled { return .overdue(hasStopped: true) }
      } while !abandoned.begin(place)
      logger.notice("a consumer goes on", metadata: metadata)
    }
    logger.error("a handler does not heed its cancellation", metadata: metadata)
    left.increment()
    Task {
      let result = await attempt.result()
      if case .success? = result { try? await acknowledgeLate(entry) }
      abandoned.end(place)
    }
    return .overdue(hasStopped: hasStopped)
  }

  private func place(of entry: StreamEntry) -> AbandonedAttempts.Place {
    AbandonedAttempts.Place(stream: stream, group: group, consumer: consumer, entry: entry.id)
  }

  private func acknowledgeLate(_ entry: StreamEntry) async throws {
    if try await hold.acknowledgeOwn(entry) { handled.increment() }
  }

  private func acknowledge(_ id: String) async throws {
    try await redis.send(RedisCommand("XACK", RedisArgument(stream), RedisArgument(group), RedisArgument(id)))
  }

  private func bury(_ entry: StreamEntry, _ error: String) async throws {
    logger.error(
      "an event goes to the dead letters",
      metadata: ["stream": "\(stream)", "group": "\(group)", "entry": "\(entry.id)", "error": "\(error)"])
    try await redis.send(
      RedisCommand(
        "XADD", RedisArgument(dead), "*", "stream", RedisArgument(stream), "group", RedisArgument(group), "entry",
        RedisArgument(entry.id), "error", RedisArgument(String(error.prefix(500))), "event", RedisArgument(entry.raw)))
    try await acknowledge(entry.id)
    buried.increment()
  }
}

struct StreamEntry {
  let id: String
  let raw: [UInt8]
  var event: EventEnvelope? { EventEnvelope(json: String(decoding: raw, as: UTF8.self)) }

  /// An entry that was trimmed meanwhile has no fields; it is skipped.
  static func all(_ reply: RedisValue) -> [StreamEntry] {
    (reply.array ?? []).compactMap { value in
      guard let pair = value.array, pair.count == 2, let id = pair[0].string, let fields = pair[1].array else {
        return nil
      }
      let index = stride(from: 0, to: fields.count - 1, by: 2).first { fields[$0].string == "event" }
      return StreamEntry(id: id, raw: index.flatMap { fields[$0 + 1].bytes } ?? [])
    }
  }
}
