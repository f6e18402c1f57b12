import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1

/// Takes the requests of the fast path out of a connection, and keeps the order of the responses. While the fast path
/// answers a request, all further input waits. While the usual way has a request to answer, all requests go there.
final class FastPathChannelHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private struct Taken {
    let uri, requestID: String
    let at: ContinuousClock.Instant
  }

  private enum Phase { case free, beginning, answering }

  private let answers: any FastPath
  private let edge: EdgeResponseWriter
  private let logger: Logger
  private var phase = Phase.free
  /// The number of requests that took the usual way and are not answered.
  private var ordinary = 0
  /// Whether the end of a request is dropped because its head was taken out.
  private var dropsEnd = false
  private var held = CircularBuffer<HTTPServerRequestPart>()
  private var readIsDue = false
  private var quiesceIsDue = false

  init(_ answers: any FastPath, edge: EdgeResponseWriter, logger: Logger) {
    self.answers = answers
    self.edge = edge
    self.logger = logger
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if case .end = part, dropsEnd {
      dropsEnd = false
    } else if phase == .free {
      take(part, context)
    } else {
      held.append(part)
    }
  }

  /// While input is held, nothing more is read, so that the held input stays small.
  func read(context: ChannelHandlerContext) {
    if held.isEmpty { context.read() } else { readIsDue = true }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { ordinary -= 1 }
    context.write(data, promise: promise)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is ChannelShouldQuiesceEvent where phase != .free: quiesceIsDue = true
    case is IdleStateHandler.IdleStateEvent:
      if phase == .free, ordinary == 0 { context.close(promise: nil) }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    if case .head(let head) = part {
      if ordinary == 0, head.hasNoBody, begin(head, context) { return }
      ordinary += 1
    }
    context.fireChannelRead(wrapInboundOut(part))
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Bool {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let request = Taken(
      uri: head.uri, requestID: edge.requestID(head.headers.first(name: "x-request-id")), at: .now)
    phase = .beginning
    let begun = answers.begin(head) { answer in
      let loop = bound.eventLoop
      // A request that is answered before this call returns is treated as answered after it.
      if loop.inEventLoop, bound.value.0.phase == .answering {
        bound.value.0.answered(answer, request, bound.value.1)
      } else {
        loop.execute { bound.value.0.answered(answer, request, bound.value.1) }
      }
    }
    phase = begun ? .answering : .free
    dropsEnd = begun
    return begun
  }

  /// A response after the end of the connection is not written.
  private func answered(_ answer: FastPathResponse, _ request: Taken, _ context: ChannelHandlerContext) {
    let (head, body) = edge.response(
      to: answer, uri: request.uri, route: answers.route, requestID: request.requestID, logger: logger)
    edge.metrics.note(.post, answers.route, Int(head.status.code), since: request.at)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    phase = .free
    goOn(context)
  }

  private func goOn(_ context: ChannelHandlerContext) {
    let hadHeld = !held.isEmpty
    while phase == .free, let part = held.popFirst() {
      if case .end = part, dropsEnd { dropsEnd = false } else { take(part, context) }
    }
    // The end of the request that was just begun may be in the held input.
    if phase != .free, dropsEnd, case .end? = held.first {
      held.removeFirst()
      dropsEnd = false
    }
    guard phase == .free else { return }
    if hadHeld { context.fireChannelReadComplete() }
    if quiesceIsDue {
      quiesceIsDue = false
      context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
    if readIsDue {
      readIsDue = false
      context.read()
    }
  }
}

extension HTTPRequestHead {
  /// Whether this is HTTP/1.1 on a connection that stays open, without a body or a header that announces one (RFC 9112,
  /// section 6).
  fileprivate var hasNoBody: Bool {
    guard version == .http1_1 else { return false }
    for (name, value) in headers {
      switch name.utf8.count {
      case 14 where name.isHeader("content-length"): if value != "0" { return false }
      case 17 where name.isHeader("transfer-encoding"), 16 where name.isHeader("content-encoding"),
        12 where name.isHeader("content-type"), 6 where name.isHeader("expect"), 7 where name.isHeader("upgrade"),
        10 where name.isHeader("connection"):
        return false
      default: break
      }
    }
    return true
  }
}

extension String {
  /// Compared without regard to case; `name` is in lower case.
  fileprivate func isHeader(_ name: StaticString) -> Bool {
    name.withUTF8Buffer { name in utf8.elementsEqual(name) { $0 == $1 || ($0 ^ 0x20 == $1 && $1 >= 0x61) } }
  }
}
