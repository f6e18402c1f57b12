import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A client of one event stream. It reads the raw bytes, so that a test sees the comments too.
final class EventStream: Sendable {
  struct Refused: Error, CustomStringConvertible {
    let head: String
    var status: Int { Int(head.dropFirst(9).prefix(3)) ?? 0 }
    var description: String { "no stream: \(head)" }
  }

  /// The connection ended before the stream did.
  struct BrokenOff: Error {}

  /// The head of the response, in lower case.
  let head: String
  private let channel: any Channel
  private let wire: Wire

  /// - Parameter url: `http://host:port/path`.
  /// - Throws: `Refused` for any response other than 200.
  static func open(
    _ url: String, method: String = "GET", token: String, headers: [(String, String)] = []
  ) async throws -> EventStream {
    let parts = try #require(URLComponents(string: url))
    let (host, port) = (try #require(parts.host), try #require(parts.port))
    let wire = Wire()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(wire)) }
      }
      .connect(host: host, port: port).get()
    let lines =
      [
        "\(method) \(parts.path) HTTP/1.1", "Host: \(host):\(port)", "Accept: text/event-stream",
        "Authorization: Bearer \(token)",
      ] + headers.map { "\($0): \($1)" }
    channel.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n"), promise: nil)
    let head = try await eventually("the stream is answered") { wire.head ?? (wire.isOver ? "" : nil) }
    guard head.hasPrefix("http/1.1 200") else {
      channel.close(promise: nil)
      throw Refused(head: head)
    }
    return EventStream(head, channel, wire)
  }

  private init(_ head: String, _ channel: any Channel, _ wire: Wire) {
    self.head = head
    self.channel = channel
    self.wire = wire
  }

  deinit { channel.close(promise: nil) }

  /// The ids of all events that have arrived so far.
  var ids: [Int] { wire.ids }

  /// Closes the connection without ending the protocol.
  func close() { channel.close(promise: nil) }

  /// The next message; nil if the stream has ended correctly.
  /// - Throws: `BrokenOff`, and what `eventually` throws if nothing arrives.
  func next(within limit: Duration = .seconds(15)) async throws -> StreamMessage? {
    let heard = try await eventually(within: limit, "the stream says something") { wire.pop() }
    switch heard {
    case .message(let message): return message
    case .end: return nil
    case .gone: throw BrokenOff()
    }
  }

  /// The next event of that name; all others before it are skipped.
  /// - Parameter name: nil for any event.
  func event(
    _ name: String? = nil, within limit: Duration = .seconds(15),
    where isWanted: (StreamMessage) throws -> Bool = { _ in true }
  ) async throws -> StreamMessage {
    let end = ContinuousClock.now + limit
    while let message = try await next(within: end - .now) {
      guard let event = message.event, event == name ?? event else { continue }
      if try isWanted(message) { return message }
    }
    throw NeverHappened(what: "\(name ?? "any event") before the stream ended")
  }

  /// The last message before the stream ended.
  func lastWord(within limit: Duration = .seconds(15)) async throws -> StreamMessage? {
    let end = ContinuousClock.now + limit
    var last: StreamMessage?
    while let message = try await next(within: end - .now) { last = message }
    return last
  }
}

/// The lines between two empty ones.
struct StreamMessage: Sendable {
  private(set) var comment, event, data: String?
  private(set) var id, retry: Int?

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let value = String((parts.last ?? "").drop(while: { $0 == " " }))
      switch parts.first {
      case "": comment = value
      case "event": event = value
      case "data": data = value
      case "id": id = Int(value)
      case "retry": retry = Int(value)
      default: break
      }
    }
  }

  func text(_ name: String) throws -> String { try #require(try members[name] as? String, "no \(name) in \(self)") }
  func number(_ name: String) throws -> Int { try #require(try members[name] as? Int, "no \(name) in \(self)") }

  private var members: [String: Any] {
    get throws { try JSONSerialization.jsonObject(with: Data((data ?? "").utf8)) as? [String: Any] ?? [:] }
  }
}

/// The input that has arrived and was not read yet.
private final class Wire: Sendable {
  enum Heard: Sendable { case message(StreamMessage), end, gone }

  private struct State {
    var head: String?
    /// The bytes as they arrived.
    var bytes: [UInt8] = []
    /// The body without the chunk framing.
    var body: [UInt8] = []
    var heard: [Heard] = []
    var ids: [Int] = []
    var isOver = false
  }

  private let state = Mutex(State())

  var head: String? { state.withLock { $0.head } }
  var isOver: Bool { state.withLock { $0.isOver } }
  var ids: [Int] { state.withLock { $0.ids } }

  func pop() -> Heard? { state.withLock { $0.heard.isEmpty ? nil : $0.heard.removeFirst() } }

  func end() {
    state.withLock { state in
      if !state.isOver { state.heard.append(.gone) }
      state.isOver = true
    }
  }

  func add(_ more: [UInt8]) {
    state.withLock { state in
      state.bytes += more
      if state.head == nil { Self.readHead(&state) }
      if state.head != nil { while Self.readChunk(&state) {} }
    }
  }

  private static func readHead(_ state: inout State) {
    guard let end = state.bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    state.head = String(decoding: state.bytes[..<end.lowerBound], as: UTF8.self).lowercased()
    state.bytes.removeFirst(end.upperBound)
  }

  /// RFC 9112, section 7.1, as our servers write it: no extensions, no trailers. The last chunk is empty.
  private static func readChunk(_ state: inout State) -> Bool {
    guard let line = state.bytes.firstRange(of: Array("\r\n".utf8)),
      let size = Int(String(decoding: state.bytes[..<line.lowerBound], as: UTF8.self), radix: 16),
      state.bytes.count >= line.upperBound + size + 2
    else { return false }
    state.body += state.bytes[line.upperBound..<(line.upperBound + size)]
    state.bytes.removeFirst(line.upperBound + size + 2)
    readMessages(&state)
    if size == 0 {
      state.heard.append(.end)
      state.isOver = true
    }
    return size > 0
  }

  private static func readMessages(_ state: inout State) {
    while let end = state.body.firstRange(of: Array("\n\n".utf8)) {
      let message = StreamMessage(String(decoding: state.body[..<end.lowerBound], as: UTF8.self))
      state.body.removeFirst(end.upperBound)
      state.heard.append(.message(message))
      if let id = message.id { state.ids.append(id) }
    }
  }
}

private final class Reader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let wire: Wire

  init(_ wire: Wire) { self.wire = wire }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    wire.add(Array(unwrapInboundIn(data).readableBytesView))
  }

  func channelInactive(context: ChannelHandlerContext) { wire.end() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
