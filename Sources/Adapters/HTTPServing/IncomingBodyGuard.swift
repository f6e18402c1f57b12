import HTTPTypes
import NIOCore
import NIOHTTP1

/// Monitors the input of a connection. A body that arrives too slowly or breaks off ends with an error, so that no
/// route takes a part of a body for the whole. Data that is no HTTP request gets a problem document, as every other
/// error does. After either case the connection accepts no further request.
final class IncomingBodyGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// How long the client has to read the response before the connection closes. An immediate close would discard a
  /// response that the client has not read yet.
  private static var farewell: TimeAmount { .seconds(2) }

  private let pace: MinimumBodyRate
  private let edge: EdgeResponseWriter
  private var isInBody = false
  /// The number of requests whose head arrived and whose response is not written.
  private var unanswered = 0
  private var hasFailed = false
  /// The time after which the body is too slow; each part that arrives moves it on.
  private var deadline = NIODeadline.distantFuture
  /// While the reader of the body has paused it, the sender is not at fault.
  private var pausedAt: NIODeadline?
  private var timer: Scheduled<Void>?

  init(pace: MinimumBodyRate, edge: EdgeResponseWriter) {
    self.pace = pace
    self.edge = edge
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if hasFailed { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      unanswered += 1
      if head.mayHaveBody { begin(context) }
    case .body(let bytes): advance(by: bytes.readableBytes, context)
    case .end: endBody()
    }
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if isInBody { pausedAt = context.eventLoop.now }
    context.fireChannelReadComplete()
    // Further input is not needed. It is read and dropped until the client has gone.
    if hasFailed { context.read() }
  }

  func read(context: ChannelHandlerContext) {
    if let pausedAt { deadline = deadline + (context.eventLoop.now - pausedAt) }
    pausedAt = nil
    context.read()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
    unanswered -= 1
    context.write(data, promise: promise)
    if hasFailed, unanswered <= 0 { leave(context) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !hasFailed else { return }
    guard let refused = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    if isInBody { return fail(IncompleteBodyError(), context) }
    hasFailed = true
    guard unanswered == 0 else { return context.close(promise: nil) }
    answer(refused, context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if isInBody { fail(IncompleteBodyError(), context) }
    timer?.cancel()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  // MARK: pace

  private func begin(_ context: ChannelHandlerContext) {
    isInBody = true
    deadline = context.eventLoop.now + pace.grace
    wait(context)
  }

  private func advance(by bytes: Int, _ context: ChannelHandlerContext) {
    guard isInBody else { return }
    deadline = min(deadline + pace.worth(bytes), context.eventLoop.now + pace.grace)
  }

  private func endBody() {
    isInBody = false
    pausedAt = nil
    timer?.cancel()
    timer = nil
  }

  private func wait(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    // A paused body is checked again later.
    let next = pausedAt == nil ? deadline : context.eventLoop.now + pace.grace
    timer = context.eventLoop.scheduleTask(deadline: next) {
      let (handler, context) = bound.value
      handler.look(context)
    }
  }

  private func look(_ context: ChannelHandlerContext) {
    guard isInBody, !hasFailed else { return }
    if pausedAt == nil, context.eventLoop.now >= deadline { fail(BodyTooSlow(), context) } else { wait(context) }
  }

  // MARK: the end of a connection

  /// The reader of the body receives the error and responds.
  private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
    endBody()
    hasFailed = true
    context.fireErrorCaught(error)
    if unanswered == 0 { leave(context) } else { context.read() }
  }

  private func answer(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
    let (head, body) = edge.response(toUnreadable: error)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    leave(context)
  }

  private func leave(_ context: ChannelHandlerContext) {
    let channel = context.channel
    // Data that was written is sent first.
    context.eventLoop.execute { channel.close(mode: .output, promise: nil) }
    let closing = context.eventLoop.scheduleTask(in: Self.farewell) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in closing.cancel() }
    context.read()
  }
}

extension HTTPRequestHead {
  /// Whether anything of a body may follow (RFC 9112, section 6).
  fileprivate var mayHaveBody: Bool {
    if headers.contains(name: "transfer-encoding") { return true }
    return headers["content-length"].contains { $0 != "0" }
  }
}
