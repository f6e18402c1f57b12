import NIOCore
import Synchronization

/// Matches replies to commands in their order. Used only on the channel's event loop.
final class RedisChannelHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  let inFlight = InFlightCommandCount()
  private var reader: RedisReplyReader?
  private var waiting = CircularBuffer<PendingRedisCommand>()
  private let onReply: (@Sendable (RedisValue) -> Bool)?

  /// - Parameter onReply: receives each reply first and returns whether it has handled it, as for messages of pub/sub,
  ///   which may arrive while a command waits for its reply.
  init(onReply: (@Sendable (RedisValue) -> Bool)? = nil) {
    reader = RedisReplyReader()
    self.onReply = onReply
  }

  func expect(_ pending: [PendingRedisCommand]) {
    waiting.append(contentsOf: pending)
    inFlight.count = waiting.count
  }

  /// Fails the commands whose deadline has passed. Returns false if the oldest has waited so long that the peer must be
  /// gone.
  func sweep(_ now: NIODeadline) -> Bool {
    for pending in waiting where pending.deadline <= now { pending.settle(.failure(.timeout)) }
    return waiting.first.map { $0.deadline + .seconds(5) > now } ?? true
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    guard let reader, buffer.withUnsafeReadableBytes({ reader.feed($0) }) else { return context.close(promise: nil) }
    do {
      while let reply = try reader.next() { deliver(reply) }
    } catch {
      self.reader = nil
      context.close(promise: nil)
    }
  }

  private func deliver(_ reply: RedisValue) {
    if onReply?(reply) == true { return }
    guard let pending = waiting.popFirst() else { return }
    // The count is updated first, so that a caller that receives the reply finds room for a further command.
    inFlight.count = waiting.count
    pending.settle(.success(reply))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelInactive(context: ChannelHandlerContext) {
    lose()
    context.fireChannelInactive()
  }

  func lose() {
    let lost = waiting
    waiting.removeAll()
    inFlight.count = 0
    for pending in lost { pending.settle(.failure(.unavailable)) }
  }
}

/// The number of commands that wait for their replies; readable on any thread.
final class InFlightCommandCount: Sendable {
  private let value = Atomic(0)
  var count: Int {
    get { value.load(ordering: .relaxed) }
    set { value.store(newValue, ordering: .relaxed) }
  }
}
