import NIOCore
import NIOHTTP1

/// Responds to requests that do not become a link: `/readyz`, and everything that is refused. The connection closes
/// each time, so that no upgrade arrives on a connection that has already had a response.
final class LinkRefusalHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let publicURL: String
  /// The head of a handshake that was refused before; in that case only the request's end arrives here.
  private let refused: HTTPRequestHead?
  private let isReady: @Sendable () async -> Bool
  private let admission: @Sendable (HTTPRequestHead) -> LinkAdmission
  private var isAnswered = false

  init(
    publicURL: String, refused: HTTPRequestHead?, isReady: @escaping @Sendable () async -> Bool,
    admission: @escaping @Sendable (HTTPRequestHead) -> LinkAdmission
  ) {
    self.publicURL = publicURL
    self.refused = refused
    self.isReady = isReady
    self.admission = admission
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isAnswered { return }
    switch unwrapInboundIn(data) {
    case .head(let head): answer(head, context)
    case .body: break
    case .end: answer(refused, context)
    }
  }

  /// - Parameter head: nil if the request is no handshake of RFC 6455.
  private func answer(_ head: HTTPRequestHead?, _ context: ChannelHandlerContext) {
    isAnswered = true
    if head?.uri == "/readyz" { return tellWhetherReady(LinkHandshakeID.of(head), context) }
    let id = LinkHandshakeID.of(head)
    guard let head, case .refused(let refusal) = admission(head) else { return refuse(.badHandshake, id, context) }
    refuse(refusal, id, context)
  }

  private func tellWhetherReady(_ id: String, _ context: ChannelHandlerContext) {
    let (bound, isReady) = (NIOLoopBound((self, context), eventLoop: context.eventLoop), isReady)
    context.eventLoop.makeFutureWithTask { await isReady() }.whenComplete { result in
      let (handler, context) = bound.value
      if (try? result.get()) == true { handler.ready(id, context) } else { handler.refuse(.notReady, id, context) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { if !isAnswered { context.close(promise: nil) } }

  private func ready(_ id: String, _ context: ChannelHandlerContext) {
    answer(.ok, type: "application/json", body: "{\"status\":\"ready\"}", [("x-request-id", id)], context)
  }

  private func refuse(_ refusal: LinkRefusal, _ id: String, _ context: ChannelHandlerContext) {
    let body = """
      {"type":"\(publicURL)/problems/\(refusal.code)","title":"\(refusal.title)","status":\(refusal.status),\
      "detail":"\(refusal.detail)","instance":"\(id)","code":"\(refusal.code)"}
      """
    var more = [("x-request-id", id)]
    if refusal.status == 503 { more.append(("retry-after", "1")) }
    if refusal.status == 426 { more.append(("upgrade", "websocket")) }
    answer(
      HTTPResponseStatus(statusCode: Int(refusal.status)), type: "application/problem+json", body: body, more, context)
  }

  private func answer(
    _ status: HTTPResponseStatus, type: String, body: String, _ more: [(String, String)],
    _ context: ChannelHandlerContext
  ) {
    let fields = [
      ("content-type", type), ("content-length", "\(body.utf8.count)"), ("cache-control", "no-store"),
      ("connection", "close"),
    ]
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: HTTPHeaders(fields + more))
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
  }
}

/// The id of a handshake: the front proxy's, or a generated one.
enum LinkHandshakeID {
  static func of(_ head: HTTPRequestHead?) -> String {
    // Visible characters that need no escaping in JSON.
    if let given = head?.headers.first(name: "x-request-id"), (1...128).contains(given.utf8.count),
      given.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
    {
      return given
    }
    return String(UInt64.random(in: 0...UInt64.max), radix: 36)
  }
}
