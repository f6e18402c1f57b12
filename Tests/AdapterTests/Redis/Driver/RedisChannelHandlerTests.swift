import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import RedisDriver

/// Without a socket: the test writes the input.
@Suite("Replies and their callers")
struct RedisChannelHandlerTests {
  private final class Heard: Sendable {
    private let results = Mutex<[String]>([])
    var all: [String] { results.withLock { $0 } }
    func note(_ text: String) { results.withLock { $0.append(text) } }

    func pending(_ name: String, deadline: NIODeadline = .distantFuture) -> PendingRedisCommand {
      PendingRedisCommand(deadline: deadline) { result in
        switch result {
        case .success(let value): self.note("\(name) \(value.string ?? value.int.map { "\($0)" } ?? "?")")
        case .failure(let error): self.note("\(name) \(error)")
        }
      }
    }
  }

  private func connected(_ handler: RedisChannelHandler) throws -> EmbeddedChannel {
    let channel = EmbeddedChannel(handler: handler)
    try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  @Test("each caller gets its own reply, in the order of the commands, however the replies arrive")
  func order() throws {
    let (handler, heard) = (RedisChannelHandler(), Heard())
    let channel = try connected(handler)
    handler.expect(["a", "b", "c"].map { heard.pending($0) })
    #expect(handler.inFlight.count == 3)
    try channel.writeInbound(ByteBuffer(string: "+1\r\n:2\r\n$1"))
    #expect(heard.all == ["a 1", "b 2"] && handler.inFlight.count == 1)
    try channel.writeInbound(ByteBuffer(string: "\r\n3\r\n"))
    #expect(heard.all == ["a 1", "b 2", "c 3"] && handler.inFlight.count == 0)
    _ = try channel.finish()
  }

  @Test("a command whose deadline passed keeps its place, so that its late reply goes to no other caller")
  func late() throws {
    let (handler, heard) = (RedisChannelHandler(), Heard())
    let channel = try connected(handler)
    let now = NIODeadline.now()
    handler.expect([heard.pending("a", deadline: now), heard.pending("b", deadline: now + .seconds(60))])
    #expect(handler.sweep(now + .milliseconds(1)))
    #expect(heard.all == ["a timeout"] && handler.inFlight.count == 2)
    try channel.writeInbound(ByteBuffer(string: "+late\r\n+2\r\n"))
    #expect(heard.all == ["a timeout", "b 2"])
    _ = try channel.finish()
  }

  @Test("a connection whose peer is silent for five seconds past a deadline is closed")
  func silent() throws {
    let (handler, heard) = (RedisChannelHandler(), Heard())
    let channel = try connected(handler)
    let deadline = NIODeadline.now()
    handler.expect([heard.pending("a", deadline: deadline)])
    #expect(handler.sweep(deadline + .milliseconds(4_999)))
    #expect(!handler.sweep(deadline + .milliseconds(5_001)))
    _ = try channel.finish()
  }

  @Test("garbage ends the connection, and all waiting callers get an error; complete replies before it count")
  func garbage() throws {
    let (handler, heard) = (RedisChannelHandler(), Heard())
    let channel = try connected(handler)
    handler.expect(["a", "b", "c"].map { heard.pending($0) })
    try channel.writeInbound(ByteBuffer(string: "+1\r\n!!\r\n+2\r\n"))
    #expect(heard.all == ["a 1", "b unavailable", "c unavailable"])
    #expect(!channel.isActive && handler.inFlight.count == 0)
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  @Test("messages go to the subscriber, also while a command waits for its reply")
  func messages() throws {
    let heard = Heard()
    let handler = RedisChannelHandler { reply in
      guard reply.array?.first?.string == "message" else { return false }
      heard.note("message")
      return true
    }
    let channel = try connected(handler)
    handler.expect([heard.pending("command")])
    try channel.writeInbound(ByteBuffer(string: "*3\r\n+message\r\n+c\r\n+p\r\n+OK\r\n"))
    #expect(heard.all == ["message", "command OK"])
    _ = try channel.finish()
  }
}
