import Foundation
import HTTPTransport
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestInfrastructure
import Testing

/// RFC 9113, 6.8: requests that a server has not begun when it sends GOAWAY were not processed, and may be sent again.
@Suite("HTTP/2 servers that go away")
struct GoAwayTests {
  private func ask(_ server: LeavingServer, _ method: String) async throws -> Int {
    try await server.http.send(
      HTTPClientRequest(method: method, url: server.url, body: method == "POST" ? [0x78] : nil), deadline: .seconds(20)
    ).status
  }

  @Test("a request that the server has not processed is sent again")
  func again() async throws {
    try await LeavingServer.with(leavingAt: [2]) { server in
      for _ in 0..<3 {
        let status = try await ask(server, "GET")
        #expect(status == 200)
      }
      #expect(server.requests == 4 && server.connections == 2)
    }
  }

  @Test("a request is sent again once: a server that always goes away is unavailable")
  func once() async throws {
    try await LeavingServer.with(leavingAt: Set(2...100)) { server in
      let status = try await ask(server, "GET")
      #expect(status == 200)
      await #expect(throws: TransportError.broken) { try await ask(server, "GET") }
      #expect(server.requests == 3)
    }
  }

  @Test("a request that may have had an effect is not sent again")
  func effects() async throws {
    try await LeavingServer.with(leavingAt: [1]) { server in
      await #expect(throws: TransportError.broken) { try await ask(server, "POST") }
      #expect(server.requests == 1)
    }
  }
}

/// The part of HTTP/2 that is needed to respond with 200 to a request of one frame, or to send GOAWAY instead.
private final class LeavingServer: Sendable {
  private struct State {
    var requests = 0
    var connections = 0
  }
  private let state = Mutex(State())
  private let leavingAt: Set<Int>
  let url: String
  let http: HTTPTransport

  var requests: Int { state.withLock { $0.requests } }
  var connections: Int { state.withLock { $0.connections } }

  private init(leavingAt: Set<Int>, port: Int, authorities: String) {
    self.leavingAt = leavingAt
    url = "https://localhost:\(port)/"
    http = HTTPTransport(
      configuration: HTTPTransportConfiguration(authorities: authorities), logger: Logger(label: "tests"))
  }

  /// - Parameter leavingAt: the requests, counted from 1, at which it sends GOAWAY.
  static func with(leavingAt: Set<Int>, _ body: (LeavingServer) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "goaway-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (key, certificate) = (folder.appending(path: "key.pem").path, folder.appending(path: "certificate.pem").path)
    let openssl = Process()
    openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    openssl.arguments = [
      "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    ]
    openssl.standardError = FileHandle.nullDevice
    let ended = AsyncStream<Int32> { stream in
      openssl.terminationHandler = { stream.yield($0.terminationStatus) }
    }
    try openssl.run()
    try #require(await ended.first { _ in true } == 0, "openssl made no certificate")
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
    configuration.applicationProtocols = ["h2"]
    let tls = try NIOSSLContext(configuration: configuration)
    let made = Mutex<LeavingServer?>(nil)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
          if let server = made.withLock({ $0 }) { try channel.pipeline.syncOperations.addHandler(Frames(server)) }
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    let server = LeavingServer(
      leavingAt: leavingAt, port: channel.localAddress?.port ?? 0, authorities: certificate)
    made.withLock { $0 = server }
    let result: Result<Void, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    try await channel.close()
    try result.get()
  }

  func connected() { state.withLock { $0.connections += 1 } }

  /// Whether it sends GOAWAY instead of a response.
  func isAsked() -> Bool {
    state.withLock { state in
      state.requests += 1
      return leavingAt.contains(state.requests)
    }
  }
}

private final class Frames: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private static let preface = 24
  private let server: LeavingServer
  private var bytes: [UInt8] = []
  private var hasPreface = false
  private var last: UInt32 = 0

  init(_ server: LeavingServer) { self.server = server }

  func channelActive(context: ChannelHandlerContext) {
    server.connected()
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += unwrapInboundIn(data).readableBytesView
    if !hasPreface {
      guard bytes.count >= Self.preface else { return }
      bytes.removeFirst(Self.preface)
      hasPreface = true
      write(4, 0, 0, [], context)
    }
    while bytes.count >= 9 {
      let length = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
      guard bytes.count >= 9 + length else { return }
      let (type, flags) = (bytes[3], bytes[4])
      let stream = bytes[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      bytes.removeFirst(9 + length)
      if type == 4, flags & 1 == 0 { write(4, 1, 0, [], context) }
      if type == 1 { answer(stream, context) }
    }
  }

  private func answer(_ stream: UInt32, _ context: ChannelHandlerContext) {
    guard server.isAsked() else {
      last = stream
      // 0x88 is `:status: 200` (RFC 7541, appendix A).
      return write(1, 5, stream, [0x88], context)
    }
    write(
      7, 0, 0, [UInt8(last >> 24), UInt8(last >> 16 & 255), UInt8(last >> 8 & 255), UInt8(last & 255), 0, 0, 0, 0],
      context)
    context.close(promise: nil)
  }

  private func write(
    _ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8], _ context: ChannelHandlerContext
  ) {
    var frame = context.channel.allocator.buffer(capacity: 9 + payload.count)
    frame.writeBytes([
      UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 255), UInt8(payload.count & 255), type, flags,
    ])
    frame.writeInteger(stream)
    frame.writeBytes(payload)
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }
}
