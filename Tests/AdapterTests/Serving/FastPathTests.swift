import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import Testing

@testable import HTTPServing

@Suite("The fast path")
struct FastPathTests {
  /// Takes each request whose path begins with /now; the response is sent when the test says so.
  private final class Answers: FastPath {
    let route = "/now"
    let begun = Mutex<[@Sendable (FastPathResponse) -> Void]>([])
    let immediately: FastPathResponse?

    init(immediately: FastPathResponse? = nil) { self.immediately = immediately }

    func begin(_ head: HTTPRequestHead, answered: @escaping @Sendable (FastPathResponse) -> Void) -> Bool {
      guard head.uri.hasPrefix("/now") else { return false }
      if let immediately { answered(immediately) } else { begun.withLock { $0.append(answered) } }
      return true
    }

    func answer(_ text: String) {
      let first = begun.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      first?(.json(ByteBuffer(string: text)))
    }
  }

  private struct Connection {
    let channel: EmbeddedChannel
    let answers: Answers

    init(_ answers: Answers = Answers()) throws {
      self.answers = answers
      channel = EmbeddedChannel(
        handler: FastPathChannelHandler(
          answers, edge: EdgeResponseWriter(publicURL: "http://localhost"), logger: Logger(label: "tests")))
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func request(
      _ uri: String, version: HTTPVersion = .http1_1, headers: HTTPHeaders = ["content-length": "0"]
    ) throws {
      try channel.writeInbound(
        HTTPServerRequestPart.head(HTTPRequestHead(version: version, method: .POST, uri: uri, headers: headers)))
      try channel.writeInbound(HTTPServerRequestPart.end(nil))
      channel.embeddedEventLoop.run()
    }

    /// The URIs that were passed to the router since the last call.
    func forwarded() throws -> [String] {
      var uris: [String] = []
      while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
        if case .head(let head) = part { uris.append(head.uri) }
      }
      return uris
    }

    func written() throws -> (heads: [HTTPResponseHead], bodies: [String]) {
      var (heads, bodies): ([HTTPResponseHead], [String]) = ([], [])
      while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
        switch part {
        case .head(let head): heads.append(head)
        case .body(.byteBuffer(let body)): bodies.append(String(buffer: body))
        default: break
        }
      }
      return (heads, bodies)
    }

    func respondOrdinarily() throws {
      try channel.writeOutbound(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok)))
      try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }
  }

  @Test("a request on the fast path never reaches the router, and its answer has all common headers")
  func answered() throws {
    let connection = try Connection()
    try connection.request("/now/1", headers: ["content-length": "0", "x-request-id": "abc"])
    #expect(try connection.written().heads.isEmpty)
    connection.answers.answer("{\"n\":1}")
    let (heads, bodies) = try connection.written()
    #expect(try connection.forwarded() == [])
    #expect(bodies == ["{\"n\":1}"])
    let head = try #require(heads.first)
    #expect(head.status == .ok)
    #expect(head.headers["x-request-id"] == ["abc"])
    #expect(head.headers["cache-control"] == ["no-store"])
    #expect(head.headers["content-type"] == ["application/json"])
    #expect(head.headers["content-length"] == ["7"])
    #expect(head.headers["date"].first?.hasSuffix(" GMT") == true)
  }

  @Test("pipelined requests are answered in their order, one at a time")
  func order() throws {
    let connection = try Connection()
    for number in 1...3 { try connection.request("/now/\(number)") }
    for number in 1...3 {
      #expect(connection.answers.begun.withLock { $0.count } == 1)
      connection.answers.answer("\(number)")
      #expect(try connection.written().bodies == ["\(number)"])
    }
    #expect(try connection.forwarded() == [])
  }

  @Test("an ordinary request behind a fast one waits for its answer, and one behind an ordinary one is ordinary")
  func mixed() throws {
    let connection = try Connection()
    try connection.request("/now/1")
    try connection.request("/later")
    #expect(try connection.forwarded() == [])
    connection.answers.answer("1")
    #expect(try connection.forwarded() == ["/later"])
    try connection.request("/now/2")
    #expect(try connection.forwarded() == ["/now/2"])
    try connection.respondOrdinarily()
    try connection.respondOrdinarily()
    try connection.request("/now/3")
    #expect(try connection.forwarded() == [])
    #expect(connection.answers.begun.withLock { $0.count } == 1)
  }

  @Test(
    "a request with a body, or on a connection that closes, is ordinary",
    arguments: [
      ["content-length": "2"], ["Transfer-Encoding": "chunked"], ["Content-Type": "application/json"],
      ["connection": "close"], ["Content-Encoding": "gzip"], ["expect": "100-continue"],
      ["content-length": "0", "Content-Length": "5"],
    ] as [HTTPHeaders])
  func bodies(_ headers: HTTPHeaders) throws {
    let connection = try Connection()
    try connection.request("/now", headers: headers)
    #expect(try connection.forwarded() == ["/now"])
  }

  @Test("HTTP/1.0 is ordinary")
  func old() throws {
    let connection = try Connection()
    try connection.request("/now", version: .http1_0)
    #expect(try connection.forwarded() == ["/now"])
  }

  @Test("a problem on the fast path is a problem document")
  func problem() throws {
    let connection = try Connection(Answers(immediately: .failure(Problem.unavailable("talks_unavailable"))))
    try connection.request("/now?seq=1")
    let (heads, bodies) = try connection.written()
    #expect(heads.map(\.status) == [.serviceUnavailable])
    #expect(heads.first?.headers["content-type"] == ["application/problem+json"])
    #expect(heads.first?.headers["retry-after"] == ["1"])
    #expect(bodies.first?.contains("\"code\":\"talks_unavailable\"") == true)
  }

  @Test("a connection that is to close does so after the answer")
  func quiesce() throws {
    final class Watch: ChannelInboundHandler {
      typealias InboundIn = HTTPServerRequestPart
      var heard = 0
      func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { heard += 1 }
      }
    }
    let connection = try Connection()
    let watch = Watch()
    try connection.channel.pipeline.syncOperations.addHandler(watch)
    try connection.request("/now")
    connection.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    #expect(watch.heard == 0)
    connection.answers.answer("1")
    #expect(watch.heard == 1)
  }

  @Test("dates are written in the format of HTTP")
  func dates() {
    #expect(HTTPDate.text(.init(timeIntervalSince1970: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT")
  }
}
