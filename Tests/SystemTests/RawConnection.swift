import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A client that sends bytes unchanged, whether or not they are whole requests, and reads the response.
final class RawConnection: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isOver = false
  }

  private let channel: any Channel
  private let state: Mailbox

  private final class Mailbox: Sendable {
    let value = Mutex(State())
  }

  /// - Parameter address: `http://host:port`; anything after it is ignored.
  static func open(_ address: String) async throws -> RawConnection {
    let parts = try #require(URLComponents(string: address))
    let (host, port) = (try #require(parts.host), try #require(parts.port))
    let state = Mailbox()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(state)) }
      }
      .connect(host: host == "localhost" ? "127.0.0.1" : host, port: port).get()
    return RawConnection(channel, state)
  }

  private init(_ channel: any Channel, _ state: Mailbox) {
    self.channel = channel
    self.state = state
  }

  deinit { channel.close(promise: nil) }

  /// Bytes that are sent after the other side has closed are lost, which is not an error here.
  func send(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
  func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  /// Closes the sending side and continues to read.
  func finish() { channel.close(mode: .output, promise: nil) }

  /// Closes the connection immediately.
  func close() { channel.close(promise: nil) }

  var isOver: Bool { state.value.withLock { $0.isOver } }

  /// The first complete response; nil if the connection ended without one.
  /// - Parameter head: whether the request was HEAD, so that no body follows, even if the response's head has a length.
  func answer(within limit: Duration = .seconds(30), head: Bool = false) async throws -> RawAnswer? {
    let found: RawAnswer?? = try await eventually(within: limit, "an answer") {
      state.value.withLock { state -> RawAnswer?? in
        if let (answer, length) = RawAnswer.read(state.bytes, isHead: head, isOver: state.isOver) {
          state.bytes.removeFirst(length)
          return .some(answer)
        }
        return state.isOver ? .some(nil) : nil
      }
    }
    return found ?? nil
  }

  private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let state: Mailbox

    init(_ state: Mailbox) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Array(unwrapInboundIn(data).readableBytesView)
      state.value.withLock { $0.bytes += bytes }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case ChannelEvent.inputClosed? = event as? ChannelEvent { end() }
    }

    func channelInactive(context: ChannelHandlerContext) { end() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    private func end() { state.value.withLock { $0.isOver = true } }
  }
}

/// A response with its exact text.
struct RawAnswer: Sendable, CustomStringConvertible {
  let status: Int
  /// Names in lower case, in their order.
  let headers: [(name: String, value: String)]
  let body: String

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
  func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

  var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) ?? [:] }
  var code: String? { json["code"] as? String }
  var description: String { "\(status) \(headers.map { "\($0.name): \($0.value)" }) \(body.prefix(300))" }

  /// Reads a body with a length, in chunks, or up to the end of the connection (RFC 9112, section 6.3).
  fileprivate static func read(_ bytes: [UInt8], isHead: Bool, isOver: Bool) -> (RawAnswer, Int)? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let status = Int(lines.first?.dropFirst(9).prefix(3) ?? "") ?? 0
    let headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: parts[0].lowercased(), value: (parts.last ?? "").trimmingCharacters(in: .whitespaces))
    }
    func answer(_ body: some Collection<UInt8>) -> RawAnswer {
      RawAnswer(status: status, headers: headers, body: String(decoding: Array(body), as: UTF8.self))
    }
    let rest = bytes[end.upperBound...]
    if isHead || status == 204 || status == 304 { return (answer([]), end.upperBound) }
    if let length = headers.first(where: { $0.name == "content-length" }).flatMap({ Int($0.value) }) {
      guard rest.count >= length else { return nil }
      return (answer(rest.prefix(length)), end.upperBound + length)
    }
    guard headers.contains(where: { $0.name == "transfer-encoding" }) else {
      return isOver ? (answer(rest), bytes.count) : nil
    }
    return chunks(rest).map { (answer($0.body), $0.end) }
  }

  private static func chunks(_ bytes: ArraySlice<UInt8>) -> (body: [UInt8], end: Int)? {
    var (rest, body) = (bytes, [UInt8]())
    while let line = rest.firstRange(of: Array("\r\n".utf8)),
      let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16),
      rest.endIndex >= line.upperBound + size + 2
    {
      body += rest[line.upperBound..<(line.upperBound + size)]
      rest = rest[(line.upperBound + size + 2)...]
      if size == 0 { return (body, rest.startIndex) }
    }
    return nil
  }
}
