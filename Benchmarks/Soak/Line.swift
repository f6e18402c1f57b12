import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One kept connection to a front door, as a page has it: one request at a time, reconnected when it breaks.
final class Line: Sendable {
  private let door: Door
  private let token: String
  private let open = Mutex<(any Channel)?>(nil)

  init(_ door: Door, token: String) {
    self.door = door
    self.token = token
  }

  /// - Throws: if no response arrived; it is then unknown whether the request had an effect.
  func send(
    _ method: HTTPMethod, _ path: String, body: String? = nil, key: String? = nil,
    within limit: TimeAmount = .seconds(4)
  ) async throws -> Reply {
    let channel = try await connected()
    var headers = HTTPHeaders([("Host", door.authority), ("Authorization", "Bearer \(token)")])
    if let key { headers.add(name: "Idempotency-Key", value: key) }
    if body != nil { headers.add(name: "Content-Type", value: "application/json") }
    if method != .GET { headers.add(name: "Content-Length", value: String(body?.utf8.count ?? 0)) }
    let promise = channel.eventLoop.makePromise(of: Reply.self)
    let late = channel.eventLoop.scheduleTask(in: limit) {
      promise.fail(Silence())
      channel.close(promise: nil)
    }
    let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
    channel.writeAndFlush(Question(head: head, body: body, promise: promise), promise: nil)
    defer { late.cancel() }
    return try await promise.futureResult.get()
  }

  func close() {
    open.withLock { channel in
      channel?.close(promise: nil)
      channel = nil
    }
  }

  private func connected() async throws -> any Channel {
    if let channel = open.withLock({ $0 }), channel.isActive { return channel }
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(2))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(Conversing())
        }
      }
      .connect(host: door.host, port: door.port).get()
    open.withLock { $0 = channel }
    return channel
  }
}

struct Silence: Error {}

/// An address of the suite: Caddy's, or that of a single instance.
public struct Door: Sendable {
  let host: String
  let port: Int
  var authority: String { "\(host):\(port)" }

  /// - Parameter url: `http://host:port`.
  public init?(_ url: String) {
    guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else { return nil }
    self.host = host
    self.port = port
  }
}

struct Reply: Sendable {
  let status: Int
  let body: [UInt8]

  func decoded<T: Decodable>(_ type: T.Type) -> T? { try? JSONDecoder().decode(type, from: Data(body)) }
}

private struct Question: Sendable {
  let head: HTTPRequestHead
  let body: String?
  let promise: EventLoopPromise<Reply>
}

/// Writes a request and collects its response.
private final class Conversing: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = Question
  typealias OutboundOut = HTTPClientRequestPart

  private var waiting: EventLoopPromise<Reply>?
  private var status = 0
  private var body: [UInt8] = []

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let question = unwrapOutboundIn(data)
    waiting = question.promise
    body = []
    context.write(wrapOutboundOut(.head(question.head)), promise: nil)
    if let text = question.body {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
    }
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): status = Int(head.status.code)
    case .body(let part): body.append(contentsOf: part.readableBytesView)
    case .end:
      waiting?.succeed(Reply(status: status, body: body))
      waiting = nil
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    waiting?.fail(Silence())
    waiting = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
