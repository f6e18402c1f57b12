import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServing

/// The tests use the event loop's clock, so that nothing has to wait.
@Suite("The speed of request bodies")
struct IncomingBodyTests {
  private final class Heard: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    var errors: [any Error] = []
    var bytes = 0
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if case .body(let part) = unwrapInboundIn(data) { bytes += part.readableBytes }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { errors.append(error) }
  }

  private struct Connection {
    let heard = Heard()
    let channel: EmbeddedChannel

    /// 10 s, and one kilobyte per second.
    init() throws {
      let handler = IncomingBodyGuard(
        pace: MinimumBodyRate(grace: .seconds(10), rate: 1_000),
        edge: EdgeResponseWriter(publicURL: "http://localhost"))
      channel = EmbeddedChannel(handlers: [handler, heard])
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func begin(_ headers: HTTPHeaders = ["content-length": "1000000"]) throws {
      try channel.writeInbound(
        HTTPServerRequestPart.head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: headers)))
      channel.read()
    }

    func send(_ count: Int) throws {
      try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(repeating: 0x20, count: count)))
      channel.read()
    }

    func pass(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }
    var isTooSlow: Bool { heard.errors.contains { $0 is BodyTooSlow } }
    var isCutOff: Bool { heard.errors.contains { $0 is IncompleteBodyError } }
  }

  @Test(
    "a silent sender is refused after the grace period, and not before",
    arguments: [["content-length": "5"], ["transfer-encoding": "chunked"]] as [HTTPHeaders])
  func silence(_ headers: HTTPHeaders) throws {
    let connection = try Connection()
    try connection.begin(headers)
    connection.pass(9)
    #expect(!connection.isTooSlow)
    connection.pass(2)
    #expect(connection.isTooSlow)
  }

  @Test("a body that comes a byte now and then is refused as too slow, however long it goes on")
  func drip() throws {
    let connection = try Connection()
    try connection.begin()
    for _ in 0..<6 {
      connection.pass(2)
      if !connection.isTooSlow { try connection.send(1) }
    }
    #expect(connection.isTooSlow)
  }

  @Test("a long body at the minimal rate may take its time; what was sent faster earns no more than the grace")
  func steady() throws {
    let connection = try Connection()
    try connection.begin()
    for _ in 0..<100 {
      connection.pass(5)
      try connection.send(5_000)
    }
    #expect(connection.heard.errors.isEmpty && connection.heard.bytes == 500_000)
    try connection.send(400_000)
    connection.pass(11)
    #expect(connection.isTooSlow)
  }

  @Test("a sender is not too slow while its body is not being read")
  func paused() throws {
    let connection = try Connection()
    try connection.begin()
    // Without a read afterwards.
    try connection.channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(repeating: 0x20, count: 10)))
    connection.pass(60)
    #expect(!connection.isTooSlow)
    connection.channel.read()
    connection.pass(5)
    #expect(!connection.isTooSlow)
    connection.pass(20)
    #expect(connection.isTooSlow)
  }

  @Test("a complete body, and a request without one, have no time limit")
  func whole() throws {
    let connection = try Connection()
    try connection.begin(["content-length": "10"])
    try connection.send(10)
    try connection.channel.writeInbound(HTTPServerRequestPart.end(nil))
    connection.pass(60)
    try connection.begin(["content-length": "0"])
    try connection.channel.writeInbound(HTTPServerRequestPart.end(nil))
    connection.pass(60)
    #expect(connection.heard.errors.isEmpty && connection.channel.isActive)
  }

  @Test("a connection that ends in the middle of a body is an error for the reader, not the end of the body")
  func gone() throws {
    for end in 0..<2 {
      let connection = try Connection()
      try connection.begin()
      try connection.send(10)
      if end == 0 { connection.channel.pipeline.fireErrorCaught(HTTPParserError.invalidEOFState) }
      connection.channel.pipeline.fireChannelInactive()
      #expect(connection.isCutOff && connection.heard.errors.count == 1)
    }
  }

  @Test(
    "an unreadable request gets a problem with an id, and the connection ends",
    arguments: [
      (HTTPParserError.invalidMethod, 400), (HTTPParserError.headerOverflow, 431),
    ] as [(HTTPParserError, UInt)])
  func unreadable(_ error: HTTPParserError, _ status: UInt) throws {
    let connection = try Connection()
    connection.channel.pipeline.fireErrorCaught(error)
    let head = try #require(try connection.channel.readOutbound(as: HTTPServerResponsePart.self))
    guard case .head(let head) = head else { Issue.record("no head"); return }
    #expect(head.status.code == status && head.headers["connection"] == ["close"])
    #expect(head.headers["x-request-id"].count == 1)
    #expect(head.headers["content-type"] == ["application/problem+json"])
    connection.pass(3)
    #expect(!connection.channel.isActive)
  }
}
