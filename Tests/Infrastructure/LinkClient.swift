import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A WebSocket client that can also break the protocol. It works with bytes, so that a test sees exactly what is sent.
public final class LinkClient: Sendable {
  public enum Event: Sendable, Equatable {
    case text(String)
    case ping
    case pong(String)
    case closed(code: Int?, reason: String)
    /// The connection ended, with or without a close frame before.
    case gone
  }

  public struct Refused: Error, CustomStringConvertible {
    public let status: Int
    public let head: String
    public var description: String { "no link: \(head)" }
  }

  public struct Silent: Error {}

  /// The head of the response to the handshake.
  public let head: String
  private let channel: any Channel
  private let inbox: Inbox

  /// - Parameter url: `ws://host:port/path` or `http://…`.
  /// - Throws: `Refused` if there is no socket.
  public static func open(
    _ url: String, subprotocol: String? = "talktime.v1", headers: [(String, String)] = []
  ) async throws -> LinkClient {
    guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
      throw URLError(.badURL)
    }
    let inbox = Inbox()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(inbox)) }
      }
      .connect(host: host, port: port).get()
    var lines = [
      "GET \(parts.path)\(parts.query.map { "?" + $0 } ?? "") HTTP/1.1", "Host: \(host):\(port)", "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    if let subprotocol { lines.append("Sec-WebSocket-Protocol: \(subprotocol)") }
    lines += headers.map { "\($0): \($1)" }
    channel.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n"), promise: nil)
    let found = await eventually(within: .seconds(10)) { inbox.head ?? (inbox.isGone ? "" : nil) }
    guard let head = found, head.hasPrefix("HTTP/1.1 101") else {
      channel.close(promise: nil)
      throw Refused(status: found.flatMap { Int($0.dropFirst(9).prefix(3)) } ?? 0, head: found ?? "nothing")
    }
    return LinkClient(head, channel, inbox)
  }

  private init(_ head: String, _ channel: any Channel, _ inbox: Inbox) {
    self.head = head
    self.channel = channel
    self.inbox = inbox
  }

  public var isGone: Bool { inbox.isGone }

  public func send(_ text: String) { frame(opcode: 0x1, Array(text.utf8)) }

  public func frame(opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, isMasked: Bool = true) {
    raw(Self.bytes(opcode: opcode, payload, isLast: isLast, isMasked: isMasked))
  }

  public func raw(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  /// Stops reading from now on.
  public func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

  public func close() { channel.close(promise: nil) }

  /// The next event.
  /// - Throws: `Silent` if there is none in time.
  public func next(within limit: Duration = .seconds(10)) async throws -> Event {
    guard let event = await eventually(within: limit, { inbox.pop() }) else { throw Silent() }
    return event
  }

  /// The members of the next text.
  public func answer(within limit: Duration = .seconds(10)) async throws -> [String: Any] {
    let event = try await next(within: limit)
    guard case .text(let text) = event else { throw Unexpected(event: event) }
    return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }

  /// The code of the close frame; everything before it is skipped.
  public func closeCode(within limit: Duration = .seconds(10)) async throws -> Int? {
    let end = ContinuousClock.now + limit
    while true {
      switch try await next(within: end - .now) {
      case .closed(let code, _): return code
      case .gone: return nil
      default: continue
      }
    }
  }

  public struct Unexpected: Error { let event: Event }

  public static func bytes(opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, isMasked: Bool = true) -> [UInt8] {
    let mask: UInt8 = isMasked ? 0x80 : 0
    var bytes: [UInt8] = [(isLast ? 0x80 : 0) | opcode]
    switch payload.count {
    case ..<126: bytes.append(mask | UInt8(payload.count))
    case ..<65_536: bytes += [mask | 126] + big(UInt64(payload.count), 2)
    default: bytes += [mask | 127] + big(UInt64(payload.count), 8)
    }
    guard isMasked else { return bytes + payload }
    let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 & 3] }
  }

  private static func big(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
  }
}

/// The events that have arrived and were not read yet.
private final class Inbox: Sendable {
  private struct State {
    var head: String?
    var bytes: [UInt8] = []
    var events: [LinkClient.Event] = []
    var isGone = false
  }

  private let state = Mutex(State())

  var head: String? { state.withLock { $0.head } }
  var isGone: Bool { state.withLock { $0.isGone } }

  func pop() -> LinkClient.Event? { state.withLock { $0.events.isEmpty ? nil : $0.events.removeFirst() } }

  func end() {
    state.withLock { state in
      if !state.isGone { state.events.append(.gone) }
      state.isGone = true
    }
  }

  func add(_ more: [UInt8]) {
    state.withLock { state in
      state.bytes += more
      if state.head == nil { Self.readHead(&state) }
      if state.head != nil { while let event = Self.readFrame(&state.bytes) { state.events.append(event) } }
    }
  }

  private static func readHead(_ state: inout State) {
    guard let end = state.bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    state.head = String(decoding: state.bytes[..<end.lowerBound], as: UTF8.self)
    state.bytes.removeFirst(end.upperBound)
  }

  /// A server's frames have no mask, and ours have at most 64 KiB.
  private static func readFrame(_ bytes: inout [UInt8]) -> LinkClient.Event? {
    guard bytes.count >= 2 else { return nil }
    var (start, length) = (2, Int(bytes[1] & 0x7F))
    if length == 126 {
      guard bytes.count >= 4 else { return nil }
      (start, length) = (4, Int(bytes[2]) << 8 | Int(bytes[3]))
    }
    guard bytes.count >= start + length else { return nil }
    let (opcode, payload) = (bytes[0] & 0x0F, Array(bytes[start..<(start + length)]))
    bytes.removeFirst(start + length)
    switch opcode {
    case 0x9: return .ping
    case 0xA: return .pong(String(decoding: payload, as: UTF8.self))
    case 0x8:
      let code = payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
      return .closed(code: code, reason: String(decoding: payload.dropFirst(2), as: UTF8.self))
    default: return .text(String(decoding: payload, as: UTF8.self))
    }
  }
}

private final class Reader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let inbox: Inbox

  init(_ inbox: Inbox) { self.inbox = inbox }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    inbox.add(Array(unwrapInboundIn(data).readableBytesView))
  }

  func channelInactive(context: ChannelHandlerContext) { inbox.end() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
