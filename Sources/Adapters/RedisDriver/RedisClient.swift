import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A message of pub/sub.
public struct RedisPubSubMessage: Sendable, Hashable {
  public let channel: String
  public let payload: [UInt8]
}

/// An event of a subscription.
public enum RedisSubscriptionEvent: Sendable, Hashable {
  /// All channels are subscribed: messages from now on are not missed while the connection lasts.
  case begun
  case message(RedisPubSubMessage)
}

/// The Redis client of one process. Each event loop has a shared connection, which callers on that loop use without a
/// change of thread. Commands that block and subscriptions have separate connections.
public final class RedisClient: Sendable, Service {
  private struct State {
    var connections: [RedisConnection?]
    var idle: [RedisConnection] = []
    var next = 0
    var closed = false
  }

  private let configuration: RedisConfiguration
  private let group: any EventLoopGroup
  private let loops: [any EventLoop]
  private let everyLoop: [any EventLoop]
  private let logger: Logger
  private let state: Mutex<State>

  public init(configuration: RedisConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger) {
    self.configuration = configuration
    group = eventLoopGroup
    self.logger = logger
    let all = Array(eventLoopGroup.makeIterator())
    everyLoop = all
    loops = Array(all.prefix(max(1, configuration.connections ?? all.count)))
    state = Mutex(State(connections: Array(repeating: nil, count: loops.count)))
  }

  /// Keeps the shared connections up until the service group shuts down.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { tasks in
        for slot in self.loops.indices { tasks.addTask { await self.keepUp(slot) } }
        await tasks.waitForAll()
      }
    }
    close()
  }

  public func close() {
    let all = state.withLock { state in
      state.closed = true
      defer {
        state.connections = state.connections.map { _ in nil }
        state.idle = []
      }
      return state.connections.compactMap { $0 } + state.idle
    }
    for connection in all { connection.close() }
  }

  private func keepUp(_ slot: Int) async {
    var failures = 0
    while !Task.isCancelled {
      do {
        let connection = try await RedisConnection.open(configuration, on: loops[slot])
        if failures > 0 { logger.info("redis is back") }
        failures = 0
        state.withLock { $0.connections[slot] = connection }
        await withTaskCancellationHandler {
          try? await connection.closed.get()
        } onCancel: {
          connection.close()
        }
        state.withLock { $0.connections[slot] = nil }
      } catch {
        failures += 1
        if failures == 1 { logger.warning("redis cannot be reached", metadata: ["error": "\(error)"]) }
      }
      let wait = min(Duration.milliseconds(25) * (1 << min(failures, 6)), .seconds(1))
      try? await Task.sleep(for: wait * Double.random(in: 0.5...1))
    }
  }

  /// The commands on the shared connections that have no reply yet.
  public var commandsInFlight: Int {
    state.withLock { $0.connections.compactMap { $0 } }.reduce(0) { $0 + $1.commandsInFlight }
  }

  /// The connection of the caller's own event loop, otherwise the next in turn.
  private func connection() throws(RedisError) -> RedisConnection {
    let here = loops.firstIndex { $0.inEventLoop }
    let chosen = state.withLock { state -> RedisConnection? in
      if let here, let own = state.connections[here], own.isActive { return own }
      state.next &+= 1
      let count = state.connections.count
      for offset in 0..<count {
        let candidate = state.connections[(state.next &+ offset) % count]
        if let candidate, candidate.isActive { return candidate }
      }
      return nil
    }
    guard let chosen else { throw .unavailable }
    return chosen
  }

  // MARK: event loops

  /// The most commands that may wait for their replies on a connection.
  public var maximumInFlight: Int { configuration.maximumInFlight }
  /// The number of event loops of the group.
  public var loopCount: Int { everyLoop.count }
  /// The place of the caller's own event loop among those of the group, from 0; nil for a caller on another thread.
  public var currentLoop: Int? { everyLoop.firstIndex { $0.inEventLoop } }

  /// Runs the body when the caller's own event loop has handled what has arrived; at once for a caller on another
  /// thread.
  public func atEndOfTick(_ body: @escaping @Sendable () -> Void) {
    guard let currentLoop else { return body() }
    everyLoop[currentLoop].execute(body)
  }

  // MARK: commands

  /// Returns the reply; an error reply is thrown as `server`.
  @discardableResult
  public func send(_ command: RedisCommand, deadline: Duration? = nil) async throws(RedisError) -> RedisValue {
    let until = NIODeadline.now() + .nanoseconds((deadline ?? configuration.commandDeadline).nanoseconds)
    let reply = try await connection().roundTrip(command, until)
    if case .error(let message) = reply { throw RedisError(reply: message) }
    return reply
  }

  /// Returns a reply for each command, in one round trip. Error replies are returned as values, so that one does not
  /// hide the others.
  public func pipeline(_ commands: [RedisCommand], deadline: Duration? = nil) async throws(RedisError) -> [RedisValue] {
    try await connection().send(commands, deadline: deadline)
  }

  /// Runs a script by its SHA-1. If the server does not know the script, runs it once more with its text.
  @discardableResult
  public func run(
    _ script: RedisScript, keys: [String], arguments: [RedisArgument], deadline: Duration? = nil
  ) async throws(RedisError) -> RedisValue {
    let keys = keys.map { RedisArgument($0) }
    do {
      return try await send(script.call(keys, arguments), deadline: deadline)
    } catch .server("NOSCRIPT", _) {
      return try await send(script.callWithText(keys, arguments), deadline: deadline)
    }
  }

  /// Does the same for a caller that has no task to wait in. The scripts that are requested in one tick of an event
  /// loop are sent together.
  /// - Parameter answered: called once: on the connection's event loop, which is usually the caller's own, or at once
  ///   if there is no connection.
  public func run(
    _ script: RedisScript, keys: [RedisArgument], arguments: [RedisArgument],
    answered: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
  ) {
    begin(script.call(keys, arguments)) { result in
      if case .failure(.server("NOSCRIPT", _)) = result {
        self.begin(script.callWithText(keys, arguments), answered)
      } else {
        answered(result)
      }
    }
  }

  private func begin(
    _ command: RedisCommand, _ answered: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
  ) {
    let until = NIODeadline.now() + .nanoseconds(configuration.commandDeadline.nanoseconds)
    let connection: RedisConnection
    do { connection = try self.connection() } catch { return answered(.failure(error)) }
    connection.send(command, until) { result in
      if case .success(.error(let message)) = result {
        answered(.failure(RedisError(reply: message)))
      } else {
        answered(result)
      }
    }
  }

  /// Runs a command that waits in the server, on a connection that no other command uses meanwhile.
  /// - Parameter timeout: how long the command itself may block; its reply is awaited for a second more.
  public func blocking(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> RedisValue {
    let connection = try await leased()
    let until = NIODeadline.now() + .nanoseconds((timeout + .seconds(1)).nanoseconds)
    let reply: RedisValue
    do {
      reply = try await connection.roundTrip(command, until)
    } catch {
      // The command may still block in the server, so the connection is not used again.
      connection.close()
      throw error
    }
    let kept = state.withLock { state in
      guard !state.closed, state.idle.count < 16 else { return false }
      state.idle.append(connection)
      return true
    }
    if !kept { connection.close() }
    if case .error(let message) = reply { throw RedisError(reply: message) }
    return reply
  }

  private func leased() async throws(RedisError) -> RedisConnection {
    while let idle = state.withLock({ $0.idle.popLast() }) {
      if idle.isActive { return idle }
    }
    return try await RedisConnection.open(configuration, on: group)
  }

  /// Delivers messages of the channels and patterns until the connection ends; then the stream ends. A caller that
  /// subscribes again must check for missed messages.
  public func subscribe(
    _ channels: [String], patterns: [String] = []
  ) -> AsyncThrowingStream<RedisSubscriptionEvent, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          let connection = try await RedisConnection.open(configuration, on: group) { reply in
            guard let message = RedisPubSubMessage(reply) else { return false }
            continuation.yield(.message(message))
            return true
          }
          defer { connection.close() }
          for (verb, names) in [("SUBSCRIBE", channels), ("PSUBSCRIBE", patterns)] where !names.isEmpty {
            let command = RedisCommand([RedisArgument(verb)] + names.map { RedisArgument($0) })
            if case .error(let message) = try await connection.roundTrip(command, .now() + .seconds(5)) {
              throw RedisError(reply: message)
            }
          }
          continuation.yield(.begun)
          connection.closed.whenComplete { _ in continuation.finish() }
          // Detects a peer that has gone without closing the connection; the subscription would otherwise be silent
          // forever.
          while true {
            try await Task.sleep(for: .seconds(5))
            _ = try await connection.roundTrip(RedisCommand("PING"), .now() + .seconds(5))
          }
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}

extension RedisPubSubMessage {
  fileprivate init?(_ reply: RedisValue) {
    guard let words = reply.array, let kind = words.first?.string else { return nil }
    switch (kind, words.count) {
    case ("message", 3): self.init(words[1], words[2])
    case ("pmessage", 4): self.init(words[2], words[3])
    default: return nil
    }
  }

  private init?(_ channel: RedisValue, _ payload: RedisValue) {
    guard let channel = channel.string, let payload = payload.bytes else { return nil }
    self.init(channel: channel, payload: payload)
  }
}
