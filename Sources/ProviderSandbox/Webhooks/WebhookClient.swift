import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends one POST over one HTTP/1.1 connection.
struct WebhookClient: Sendable {
  typealias Exchange = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

  let group: any EventLoopGroup

  struct TimedOut: Error {}
  struct NoAnswer: Error {}

  /// Returns the status; throws if the connection fails or `timeout` passes.
  func post(
    _ target: WebhookTarget, headers: [(String, String)], body: [UInt8], timeout: Duration
  ) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { tasks in
      tasks.addTask { try await exchange(target, headers: headers, body: body) }
      tasks.addTask {
        try await Task.sleep(for: timeout)
        throw TimedOut()
      }
      defer { tasks.cancelAll() }
      guard let status = try await tasks.next() else { throw NoAnswer() }
      return status
    }
  }

  private func exchange(_ target: WebhookTarget, headers: [(String, String)], body: [UInt8]) async throws -> Int {
    let channel = try await ClientBootstrap(group: group)
      .connectTimeout(.seconds(2))
      .connect(host: target.host, port: target.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try Exchange(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      // Written together: the server may respond and close with the last byte of the body, before a separate end could
      // be written.
      try await outbound.write(contentsOf: [
        .head(head(target, headers: headers, length: body.count)), .body(.byteBuffer(ByteBuffer(bytes: body))),
        .end(nil),
      ])
      // Only the status matters. The way in which the connection ends afterwards is ignored.
      for try await part in inbound {
        if case .head(let head) = part, head.status.code >= 200 { return Int(head.status.code) }
      }
      throw NoAnswer()
    }
  }

  private func head(_ target: WebhookTarget, headers: [(String, String)], length: Int) -> HTTPRequestHead {
    var fields = HTTPHeaders(headers)
    fields.add(name: "host", value: target.authority)
    fields.add(name: "content-length", value: String(length))
    fields.add(name: "connection", value: "close")
    if let authorization = target.authorization { fields.add(name: "authorization", value: authorization) }
    return HTTPRequestHead(version: .http1_1, method: .POST, uri: target.path, headers: fields)
  }
}
