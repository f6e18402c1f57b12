import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A server that sends what the test wants, and records each read.
final class ScriptedServer: Sendable {
  /// The reply to the bytes of one read, given the number of the connection; nil for no reply.
  typealias Script = @Sendable (_ read: String, _ connection: Int) -> String?

  private struct Log {
    var reads: [String] = []
    var connections = 0
    var open = 0
  }

  private let log = Mutex(Log())
  private let script: Script

  private init(_ script: @escaping Script) { self.script = script }

  var reads: [String] { log.withLock { $0.reads } }
  /// The number of all connections so far.
  var connections: Int { log.withLock { $0.connections } }
  var open: Int { log.withLock { $0.open } }

  /// Replies to each `PING` of a read.
  static let pongs: Script = { read, _ in String(repeating: "+PONG\r\n", count: pings(in: read)) }

  static func pings(in read: String) -> Int { read.components(separatedBy: "PING").count - 1 }

  /// Runs the body with a server on its own port.
  static func with<T: Sendable>(
    _ script: @escaping Script, _ body: @Sendable (_ server: ScriptedServer, _ url: String) async throws -> T
  ) async throws -> T {
    let server = ScriptedServer(script)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1 << 20))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let number = server.log.withLock { log in
            log.connections += 1
            log.open += 1
            return log.connections
          }
          channel.closeFuture.whenComplete { _ in server.log.withLock { $0.open -= 1 } }
          try channel.pipeline.syncOperations.addHandler(Reader(server: server, number: number))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    defer { channel.close(promise: nil) }
    return try await body(server, "redis://127.0.0.1:\(channel.localAddress?.port ?? 0)")
  }

  private func answer(_ read: String, _ number: Int) -> String? {
    log.withLock { $0.reads.append(read) }
    return script(read, number)
  }

  private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    let server: ScriptedServer
    let number: Int

    init(server: ScriptedServer, number: Int) {
      self.server = server
      self.number = number
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard let answer = server.answer(String(buffer: unwrapInboundIn(data)), number) else { return }
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }
  }
}
