import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One connection. Commands that are issued in one tick of its event loop leave in one write.
final class RedisConnection: Sendable {
  private struct Outgoing {
    var bytes = ByteBuffer()
    var pending: [PendingRedisCommand] = []
  }

  private let channel: any Channel
  private let handler: NIOLoopBound<RedisChannelHandler>
  private let inFlight: InFlightCommandCount
  private let outgoing = Mutex(Outgoing())
  private let maximumInFlight: Int
  private let commandDeadline: Duration

  private init(
    _ channel: any Channel, _ handler: NIOLoopBound<RedisChannelHandler>, _ inFlight: InFlightCommandCount,
    _ configuration: RedisConfiguration
  ) {
    self.channel = channel
    self.handler = handler
    self.inFlight = inFlight
    maximumInFlight = configuration.maximumInFlight
    commandDeadline = configuration.commandDeadline
  }

  var isActive: Bool { channel.isActive }
  /// The commands that were issued and have no reply yet.
  var commandsInFlight: Int { outgoing.withLock(\.pending.count) + inFlight.count }
  var closed: EventLoopFuture<Void> { channel.closeFuture }

  static func open(
    _ configuration: RedisConfiguration, on group: any EventLoopGroup, onReply: (@Sendable (RedisValue) -> Bool)? = nil
  ) async throws(RedisError) -> RedisConnection {
    let connection: RedisConnection
    do { connection = try await connect(configuration, group, onReply) } catch { throw .unavailable }
    do throws(RedisError) {
      for command in configuration.greeting {
        // After a refused SELECT, commands would go to another database.
        if case .error(let message) = try await connection.roundTrip(command, .now() + .seconds(5)) {
          throw RedisError(reply: message)
        }
      }
    } catch {
      connection.close()
      throw error
    }
    return connection
  }

  private static func connect(
    _ configuration: RedisConfiguration, _ group: any EventLoopGroup, _ onReply: (@Sendable (RedisValue) -> Bool)?
  ) async throws -> RedisConnection {
    var trust = TLSConfiguration.makeClientConfiguration()
    if let authorities = configuration.authorities { trust.trustRoots = .file(authorities) }
    let tls = configuration.tls ? try NIOSSLContext(configuration: trust) : nil
    let loop = group.next()
    let bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(3))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            let name = configuration.host.contains(/^[0-9.]+$|:/) ? nil : configuration.host
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
          }
          try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(onReply: onReply))
        }
      }
    let channel = try await bootstrap.connect(host: configuration.host, port: configuration.port).get()
    let (bound, inFlight) = try await channel.eventLoop.submit {
      let handler = try channel.pipeline.syncOperations.handler(type: RedisChannelHandler.self)
      return (NIOLoopBound(handler, eventLoop: channel.eventLoop), handler.inFlight)
    }.get()
    let connection = RedisConnection(channel, bound, inFlight, configuration)
    connection.sweepRegularly()
    return connection
  }

  func close() { channel.close(promise: nil) }

  /// Returns one reply for each command, in order. Errors of the server are values here.
  func send(_ commands: [RedisCommand], deadline: Duration?) async throws(RedisError) -> [RedisValue] {
    let until = NIODeadline.now() + .nanoseconds((deadline ?? commandDeadline).nanoseconds)
    guard let last = commands.last else { return [] }
    let boxes = commands.dropLast().map { command in
      let box = ReplyBox()
      send(command, until, answered: box.settle)
      return box
    }
    let final = try await roundTrip(last, until)
    var replies: [RedisValue] = []
    for box in boxes { replies.append(try await box.value().get()) }
    return replies + [final]
  }

  func roundTrip(_ command: RedisCommand, _ until: NIODeadline) async throws(RedisError) -> RedisValue {
    let box = CancelBox()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        box.hold(send(command, until) { continuation.resume(returning: $0) })
      }
    } onCancel: {
      box.cancel()
    }
    return try result.get()
  }

  /// For a caller that has no task to wait in. `answered` is called once: on this connection's event loop, or at once
  /// if the command cannot be sent.
  /// - Returns: the pending command; it may be settled before its reply comes.
  @discardableResult
  func send(
    _ command: RedisCommand, _ until: NIODeadline,
    answered: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
  ) -> PendingRedisCommand {
    let pending = PendingRedisCommand(deadline: until, answered)
    if let refused = enqueue(command.encoded, pending) { pending.settle(.failure(refused)) }
    return pending
  }

  private func enqueue(_ bytes: [UInt8], _ pending: PendingRedisCommand) -> RedisError? {
    guard channel.isActive else { return .unavailable }
    let (first, refused) = outgoing.withLock { outgoing -> (Bool, RedisError?) in
      guard outgoing.pending.count + inFlight.count < maximumInFlight else { return (false, .queueFull) }
      let first = outgoing.pending.isEmpty
      outgoing.bytes.writeBytes(bytes)
      outgoing.pending.append(pending)
      return (first, nil)
    }
    if first { channel.eventLoop.execute { self.flush() } }
    return refused
  }

  private func flush() {
    let bytes = outgoing.withLock { outgoing in
      defer {
        handler.value.expect(outgoing.pending)
        outgoing.bytes = ByteBuffer()
        outgoing.pending = []
      }
      return outgoing.bytes
    }
    guard channel.isActive else {
      handler.value.lose()
      return
    }
    channel.writeAndFlush(bytes, promise: nil)
  }

  /// One check of all commands costs less than a timer for each.
  private func sweepRegularly() {
    let channel = channel
    let task = channel.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) { _ in
      if !self.handler.value.sweep(.now()) { self.close() }
    }
    channel.closeFuture.whenComplete { _ in task.cancel() }
  }
}

/// Holds the command of a task that may be cancelled before or after the command was issued.
private final class CancelBox: Sendable {
  private let state = Mutex<(pending: PendingRedisCommand?, cancelled: Bool)>((nil, false))

  func hold(_ pending: PendingRedisCommand) {
    let cancelled = state.withLock { state in
      state.pending = pending
      return state.cancelled
    }
    if cancelled { pending.settle(.failure(.cancelled)) }
  }

  func cancel() {
    let pending = state.withLock { state in
      state.cancelled = true
      return state.pending
    }
    pending?.settle(.failure(.cancelled))
  }
}

/// Holds a reply of a pipeline that arrives before the one that the caller waits for.
private final class ReplyBox: Sendable {
  private let stream: AsyncStream<Result<RedisValue, RedisError>>
  private let continuation: AsyncStream<Result<RedisValue, RedisError>>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  @Sendable func settle(_ result: Result<RedisValue, RedisError>) {
    continuation.yield(result)
    continuation.finish()
  }

  func value() async -> Result<RedisValue, RedisError> {
    for await result in stream { return result }
    return .failure(.unavailable)
  }
}

extension Duration {
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
