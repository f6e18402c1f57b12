import NIOCore

/// Matches replies to commands in their order. All on the channel's event loop.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private var reader: ReplyReader?
  private var waiting = CircularBuffer<Pending>()
  private let onReply: (@Sendable (RedisValue) -> Void)?
  private let onClose: @Sendable () -> Void

  /// - Parameter onReply: gets the replies that no command waits for, as in pub/sub.
  init(onReply: (@Sendable (RedisValue) -> Void)?, onClose: @escaping @Sendable () -> Void) {
    reader = ReplyReader()
    self.onReply = onReply
    self.onClose = onClose
  }

  var inFlight: Int { waiting.count }

  func expect(_ pending: Pending) { waiting.append(pending) }

  /// Tells those whose time is over. False when the oldest has been silent for so long that the peer must be gone.
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
    if let pending = waiting.popFirst() {
      pending.settle(.success(reply))
    } else {
      onReply?(reply)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelInactive(context: ChannelHandlerContext) {
    let lost = waiting
    waiting.removeAll()
    for pending in lost { pending.settle(.failure(.unavailable)) }
    onClose()
    context.fireChannelInactive()
  }
}
