import Crypto
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A POST whose body is sent in chunks and without a length. It may be of any size, because it is never in memory as a
/// whole.
struct ChunkedPost: Sendable {
  /// The beginning of the body, the number of repetitions of the middle part, and the end.
  let head: [UInt8]
  let pieces: Int
  let tail: [UInt8]

  static let piece = [UInt8](repeating: 0x41, count: 64 << 10)

  /// The webhook that ElevenLabs sends after a call with its audio.
  /// - Parameter typeFirst: whether the type is before the audio or after it.
  static func sound(megabytes: Int, typeFirst: Bool = true) -> ChunkedPost {
    let (type, data) = (#""type":"post_call_audio""#, #""data":{"conversation_id":"conv_of_nobody","full_audio":""#)
    let (head, tail) = typeFirst ? ("{\(type),\(data)", #""}}"#) : ("{\(data)", "\"},\(type)}")
    return ChunkedPost(head: Array(head.utf8), pieces: megabytes << 4, tail: Array(tail.utf8))
  }

  /// `ElevenLabs-Signature` over the whole body.
  func signature(_ secret: String) -> String {
    let time = String(Int(Date().timeIntervalSince1970))
    var code = HMAC<SHA256>(key: SymmetricKey(data: Data(secret.utf8)))
    code.update(data: Data("\(time).".utf8))
    code.update(data: Data(head))
    for _ in 0..<pieces { code.update(data: Self.piece) }
    code.update(data: Data(tail))
    return "t=\(time),v0=" + code.finalize().map { String(format: "%02x", $0) }.joined()
  }

  /// Sends the head and nothing of the body; the connection stays open until `close`.
  func open(_ url: String, signature: String) async throws -> Sending {
    let parts = try #require(URLComponents(string: url))
    let (host, port) = (try #require(parts.host), try #require(parts.port))
    let answer = ChunkedAnswer()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AnswerReader(answer)) }
      }
      .connect(host: host, port: port).get()
    let lines = [
      "POST \(parts.path) HTTP/1.1", "Host: \(host):\(port)", "Content-Type: application/json",
      "Transfer-Encoding: chunked", "ElevenLabs-Signature: \(signature)",
    ]
    let sending = Sending(channel: channel, answer: answer)
    try await sending.write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    return sending
  }

  /// Sends the body without its end.
  func write(to sending: Sending) async throws {
    try await sending.chunk(head)
    for _ in 0..<pieces { try await sending.chunk(Self.piece) }
    try await sending.chunk(tail)
  }

  /// - Returns: the status.
  func send(_ url: String, signature: String) async throws -> Int {
    let sending = try await open(url, signature: signature)
    defer { sending.close() }
    // A server that refuses the request need not read it to the end.
    try? await write(to: sending)
    try? await sending.write(Array("0\r\n\r\n".utf8))
    return try await eventually("the body is answered") { sending.status }
  }

  struct Sending: Sendable {
    fileprivate let channel: any Channel
    fileprivate let answer: ChunkedAnswer

    var status: Int? { answer.status }

    /// Waits until the bytes are sent, so that they do not pile up here.
    func write(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// An empty chunk would be the last one.
    func chunk(_ bytes: [UInt8]) async throws {
      guard !bytes.isEmpty else { return }
      try await write(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [0x0D, 0x0A])
    }

    func close() { channel.close(promise: nil) }
  }
}

fileprivate final class ChunkedAnswer: Sendable {
  private let bytes = Mutex<[UInt8]>([])

  func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }

  /// Nil until the status line has arrived.
  var status: Int? {
    bytes.withLock { bytes in
      bytes.count < 12 ? nil : Int(String(decoding: bytes[9..<12], as: UTF8.self))
    }
  }
}

private final class AnswerReader: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let answer: ChunkedAnswer

  init(_ answer: ChunkedAnswer) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    answer.add(Array(unwrapInboundIn(data).readableBytesView))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
