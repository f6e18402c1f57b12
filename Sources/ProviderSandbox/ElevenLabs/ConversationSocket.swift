import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import ServiceLifecycle

/// The second port: conversations over WebSocket, and the monitoring socket that can end a conversation from outside.
struct ConversationSocket: Service {
  let conversations: Conversations
  let agents: Agents
  let settings: Settings

  typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
  private enum Upgrade { case conversation(Socket, String), monitor(Socket, String), refused }

  func run() async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: settings.host, port: settings.webSocketPort) { channel in
        channel.eventLoop.makeCompletedFuture { try configure(channel) }
      }
    try await cancelWhenGracefulShutdown {
      try await withThrowingDiscardingTaskGroup { group in
        try await server.executeThenClose { clients in
          for try await client in clients {
            group.addTask {
              switch try? await client.get() {
              case .conversation(let socket, let id): try? await converse(socket, id)
              case .monitor(let socket, let id): try? await monitor(socket, id)
              case .refused, nil: break
              }
            }
          }
        }
      }
    }
  }

  private func configure(_ channel: any Channel) throws -> EventLoopFuture<Upgrade> {
    let upgrader = NIOTypedWebSocketServerUpgrader<Upgrade>(
      maxFrameSize: 1 << 20,
      shouldUpgrade: { channel, head in
        channel.eventLoop.makeFutureWithTask { await admitted(head) != nil ? HTTPHeaders() : nil }
      },
      upgradePipelineHandler: { channel, head in
        channel.eventLoop.makeFutureWithTask { await target(head) }.flatMapThrowing { target in
          let socket = try Socket(wrappingChannelSynchronously: channel)
          switch target {
          case .conversation(let id): return .conversation(socket, id)
          case .monitor(let id): return .monitor(socket, id)
          case nil: return .refused
          }
        }
      })
    let configuration = NIOTypedHTTPServerUpgradeConfiguration(
      upgraders: [upgrader],
      notUpgradingCompletionHandler: { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Refusal())
          return .refused
        }
      })
    return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
      configuration: .init(upgradeConfiguration: configuration))
  }

  private enum Target: Sendable { case conversation(String), monitor(String) }

  /// Whether the request is admitted; opens nothing yet.
  private func admitted(_ head: HTTPRequestHead) async -> Target? {
    guard let parts = URLComponents(string: "http://sandbox\(head.uri)") else { return nil }
    let pieces = parts.path.split(separator: "/")
    if parts.path == "/v1/convai/conversation" {
      let signature = parts.queryItems?.first { $0.name == "conversation_signature" }?.value ?? ""
      let id = parts.queryItems?.first { $0.name == "conversation_id" }?.value ?? ""
      guard let entry = await conversations.entry(id), entry.signature == signature, entry.openedAt == nil else {
        return nil
      }
      return .conversation(signature)
    }
    guard pieces.count == 5, pieces[4] == "monitor", head.headers.first(name: "xi-api-key") == settings.elevenAPIKey,
      await conversations.isMonitorOn, await conversations.isGoingOn(String(pieces[3])),
      let agent = await conversations.entry(String(pieces[3]))?.agentID, await agents.isMonitored(agent)
    else { return nil }
    return .monitor(String(pieces[3]))
  }

  private func target(_ head: HTTPRequestHead) async -> Target? {
    guard case .conversation(let signature)? = await admitted(head) else { return await admitted(head) }
    return await conversations.open(signature: signature).map { .conversation($0) }
  }

  private func monitor(_ socket: Socket, _ id: String) async throws {
    try await socket.executeThenClose { inbound, outbound in
      for try await frame in inbound {
        if frame.opcode == .connectionClose { break }
        guard frame.opcode == .text, let message = JSON.parse(frame.unmaskedData.readableBytesView) else { continue }
        guard message["command_type"]?.string == "end_call" else { continue }
        await conversations.end(id, reason: "ended by monitor")
        var code = ByteBuffer()
        code.write(webSocketErrorCode: .normalClosure)
        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: code))
        break
      }
    }
  }

  private func converse(_ socket: Socket, _ id: String) async throws {
    let channel = socket.channel
    await conversations.hold(id) { channel.close(promise: nil) }
    try? await socket.executeThenClose { inbound, outbound in
      try await begin(id, outbound)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await listen(id, inbound, outbound) }
        group.addTask { try await keepTalking(id, outbound) }
        defer { group.cancelAll() }
        try await group.next()
      }
    }
    await conversations.end(id, reason: "client disconnected")
  }

  private func begin(_ id: String, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async throws {
    try await outbound.send([
      "type": "conversation_initiation_metadata",
      "conversation_initiation_metadata_event": [
        "conversation_id": .string(id), "agent_output_audio_format": "pcm_16000",
        "user_input_audio_format": "pcm_16000",
      ],
    ])
    try await say(Agent.greeting, id, outbound)
  }

  private func say(
    _ text: String, _ id: String, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
  ) async throws {
    await conversations.add("agent", text, to: id)
    try await outbound.send([
      "type": "agent_response", "agent_response_event": ["agent_response": .string(text)],
    ])
  }

  private func listen(
    _ id: String, _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
    _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
  ) async throws {
    for try await frame in inbound {
      switch frame.opcode {
      case .connectionClose: return
      case .ping: try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
      case .text:
        guard let message = JSON.parse(frame.unmaskedData.readableBytesView) else { continue }
        guard message["type"]?.string == "user_message", let text = message["text"]?.string else { continue }
        await conversations.add("user", text, to: id)
        try await outbound.send([
          "type": "user_transcript", "user_transcription_event": ["user_transcript": .string(text)],
        ])
        try await say(Agent.reply(to: text), id, outbound)
      default: continue
      }
    }
  }

  /// Pings like the provider, and lets the agent speak when the user is silent.
  private func keepTalking(_ id: String, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async throws {
    for number in 1... {
      try await Task.sleep(for: .seconds(settings.idleSeconds))
      try await outbound.send(["type": "ping", "ping_event": ["event_id": .int(number), "ping_ms": 20]])
      if number <= Agent.prompts.count { try await say(Agent.prompts[number - 1], id, outbound) }
    }
  }
}

extension NIOAsyncChannelOutboundWriter<WebSocketFrame> {
  fileprivate func send(_ message: JSON) async throws {
    try await write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: message.bytes)))
  }
}

/// Responds to a request that is not an upgrade, or is not admitted.
private final class Refusal: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .end = unwrapInboundIn(data) else { return }
    let head = HTTPResponseHead(
      version: .http1_1, status: .forbidden, headers: ["content-length": "0", "connection": "close"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }
}
