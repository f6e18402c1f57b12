import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A provider that responds to each request with the next of the test's responses, and repeats the last one.
final class CannedServer: Sendable {
  struct Answer: Sendable {
    var status = 200
    var headers: [String] = []
    let body: String
  }

  private let answers: Mutex<[Answer]>
  private let requests = Mutex<[String]>([])

  private init(_ answers: [Answer]) { self.answers = Mutex(answers) }

  /// The requests: head and body, as they arrived.
  var asked: [String] { requests.withLock { $0 } }

  /// Runs the body with a server and its URL.
  @discardableResult
  static func with<T>(_ answers: [Answer], _ body: (CannedServer, String) async throws -> T) async throws -> T {
    let server = CannedServer(answers)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Exchange(server)) }
      }.bind(host: "127.0.0.1", port: 0).get()
    let result: Result<T, any Error>
    do {
      result = .success(try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"))
    } catch {
      result = .failure(error)
    }
    try await channel.close()
    return try result.get()
  }

  fileprivate func answer(_ request: String) -> String {
    requests.withLock { $0.append(request) }
    let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    let head = ["HTTP/1.1 \(answer.status) Told", "Content-Length: \(answer.body.utf8.count)", "Connection: close"]
    return (head + answer.headers).joined(separator: "\r\n") + "\r\n\r\n" + answer.body
  }
}

/// Reads one request per connection, up to its Content-Length, and then responds.
private final class Exchange: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private let server: CannedServer
  private var bytes: [UInt8] = []

  init(_ server: CannedServer) { self.server = server }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += unwrapInboundIn(data).readableBytesView
    // Decoded from all bytes together, because a read may end within a character.
    let text = String(decoding: bytes, as: UTF8.self)
    guard let head = text.range(of: "\r\n\r\n") else { return }
    let length = text[..<head.lowerBound].lowercased().firstMatch(of: /content-length: ([0-9]+)/).flatMap { Int($0.1) }
    guard bytes.count - text.utf8.distance(from: text.startIndex, to: head.upperBound) >= length ?? 0 else { return }
    let answer = ByteBuffer(string: server.answer(text))
    context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { [channel = context.channel] _ in
      channel.close(promise: nil)
    }
  }
}
