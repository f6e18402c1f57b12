import Application
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Ends conversations from outside. It sends `{"command_type":"end_call"}` over the monitoring WebSocket. ElevenLabs
/// opens that WebSocket on its enterprise plans for agents with `monitoring_enabled`, once the conversation has begun.
public struct ElevenLabsConversationTerminator: ConversationTerminator {
  typealias Socket = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

  private let address: ConversationMonitorAddress
  private let apiKey: String
  private let tls: NIOSSLContext?
  private let deadline: Duration

  /// - Parameter deadline: the time from the connection to the answer, in whole seconds.
  public init(address: ConversationMonitorAddress, apiKey: String, deadline: Duration = .seconds(5)) throws {
    self.address = address
    self.apiKey = apiKey
    self.deadline = deadline
    tls = address.isSecure ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
  }

  private struct NoAnswer: Error {}
  private struct NotLetIn: Error {}

  public func end(_ conversation: String) async throws(VoiceAgentError) {
    guard ElevenLabsAPI.isIdentifier(conversation) else { throw .refused }
    do {
      try await hangUp(conversation)
    } catch is NotLetIn {
      throw .refused
    } catch {
      throw .unavailable
    }
  }

  /// The command has been carried out when ElevenLabs closes the connection: nothing is left to monitor.
  private func hangUp(_ conversation: String) async throws {
    let begun = ContinuousClock.now
    guard let socket = try await connect(conversation).get() else { throw NotLetIn() }
    try await socket.executeThenClose { inbound, outbound in
      try await outbound.write(Self.frame(.text, ByteBuffer(string: #"{"command_type":"end_call"}"#)))
      for try await frame in inbound where frame.opcode == .connectionClose {
        var data = frame.unmaskedData
        try? await outbound.write(Self.frame(.connectionClose, data))
        // A close code such as 1008 means that the monitor was admitted and then turned away. It has ended nothing.
        if let code = data.readInteger(as: UInt16.self), code != 1000, code != 1001 { throw NotLetIn() }
        return
      }
      if ContinuousClock.now - begun >= deadline { throw NoAnswer() }
    }
  }

  /// A client's frames are masked (RFC 6455, section 5.3).
  private static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
    WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
  }

  /// Nil if the upgrade is refused.
  private func connect(_ conversation: String) async throws -> EventLoopFuture<Socket?> {
    let (address, tls) = (address, tls)
    let patience = TimeAmount.milliseconds(deadline.components.seconds * 1_000)
    let head = head(conversation)
    return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(3))
      .connect(host: address.host, port: address.port) { channel in
        // The deadline closes the connection, which ends every wait on it.
        channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        return channel.eventLoop.makeCompletedFuture {
          if let tls {
            let name =
              address.host.contains(":") || address.host.allSatisfy({ $0.isNumber || $0 == "." })
              ? nil : address.host
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
          }
          return try Self.upgrade(channel, head)
        }
      }
  }

  private func head(_ conversation: String) -> HTTPRequestHead {
    HTTPRequestHead(
      version: .http1_1, method: .GET, uri: address.path(conversation),
      headers: ["host": "\(address.host):\(address.port)", "xi-api-key": apiKey, "content-length": "0"])
  }

  private static func upgrade(_ channel: any Channel, _ head: HTTPRequestHead) throws -> EventLoopFuture<Socket?> {
    let upgrader = NIOTypedWebSocketClientUpgrader<Socket?>(maxFrameSize: 1 << 20) { channel, _ in
      channel.eventLoop.makeCompletedFuture { try Socket(wrappingChannelSynchronously: channel) }
    }
    let configuration = NIOTypedHTTPClientUpgradeConfiguration<Socket?>(
      upgradeRequestHead: head, upgraders: [upgrader],
      notUpgradingCompletionHandler: { channel in
        channel.close(promise: nil)
        return channel.eventLoop.makeSucceededFuture(nil)
      })
    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
      configuration: .init(upgradeConfiguration: configuration))
  }
}
