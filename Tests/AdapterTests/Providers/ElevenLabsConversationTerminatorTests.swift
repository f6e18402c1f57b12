import Application
import ElevenLabsAdapter
import NIOCore
import NIOPosix
import Testing

/// The tests of the whole suite cover the sandbox's success cases; this suite covers failures.
@Suite("Ending a conversation by the monitor connection")
struct ElevenLabsConversationTerminatorTests {
  @Test(
    "a monitor address is a WebSocket or HTTP URL with a valid port and without a user",
    arguments: [
      ("wss://api.elevenlabs.io", true), ("https://api.elevenlabs.io/", true), ("ws://127.0.0.1:9501", true),
      ("http://[::1]:80/elevenlabs", true), ("", false), ("api.elevenlabs.io", false), ("ftp://a", false),
      ("ws://a:0", false), ("ws://a:70000", false), ("ws://a b", false), ("ws://user@a", false),
    ])
  func addresses(text: String, isOne: Bool) { #expect((ConversationMonitorAddress(text) != nil) == isOne) }

  private func monitor(_ port: Int) throws -> ElevenLabsConversationTerminator {
    let address = try #require(ConversationMonitorAddress("ws://127.0.0.1:\(port)"))
    return try ElevenLabsConversationTerminator(address: address, apiKey: "key", deadline: .seconds(1))
  }

  /// A server that treats each connection as the test wants.
  private func withServer(
    _ body: (Int) async throws -> Void, _ accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
  ) async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer(accept).bind(host: "127.0.0.1", port: 0).get()
    let result: Result<Void, any Error>
    do { result = .success(try await body(server.localAddress?.port ?? 0)) } catch { result = .failure(error) }
    try await server.close()
    try result.get()
  }

  @Test("a server that is not reachable or does not answer is unavailable", arguments: ["gone", "silent", "closes"])
  func unavailable(kind: String) async throws {
    try await withServer { port in
      let monitor = try monitor(kind == "gone" ? 1 : port)
      await #expect(throws: VoiceAgentError.unavailable) { try await monitor.end("conv_1") }
    } _: { channel in
      kind == "closes" ? channel.close() : channel.eventLoop.makeSucceededVoidFuture()
    }
  }

  @Test("an upgrade that is refused is reported as a refusal")
  func refused() async throws {
    try await withServer { port in
      let monitor = try monitor(port)
      await #expect(throws: VoiceAgentError.refused) { try await monitor.end("conv_1") }
    } _: { channel in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Forbidding()) }
    }
  }

  @Test("only a conversation's path is requested")
  func paths() async throws {
    let monitor = try monitor(1)
    for id in ["", "../agents", "a/b", "a?b", "a b", "\u{E9}"] {
      await #expect(throws: VoiceAgentError.refused) { try await monitor.end(id) }
    }
  }
}

private final class Forbidding: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let answer = ByteBuffer(string: "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
  }
}
