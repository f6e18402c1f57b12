import HTTPTypes
import Hummingbird

/// One event of an event stream (WHATWG HTML, section 9.2.5): some lines and an empty one.
public struct ServerSentEvent: Sendable, Equatable {
  /// A comment for readers of the raw stream. It also keeps the connection open, and programs do not receive it.
  public let comment: String?
  /// How long a client waits before it connects again, in milliseconds.
  public let retry: Int?
  public let id: Int64?
  public let name: String?
  public let data: String?

  public init(
    comment: String? = nil, retry: Int? = nil, id: Int64? = nil, name: String? = nil, data: String? = nil
  ) {
    self.comment = comment
    self.retry = retry
    self.id = id
    self.name = name
    self.data = data
  }

  public func write(into buffer: inout ByteBuffer) {
    let fields: [(name: String, value: String?)] = [
      ("", comment), ("retry", retry.map { String($0) }), ("id", id.map { String($0) }), ("event", name),
      ("data", data),
    ]
    for case (let name, let value?) in fields { Self.write(name, value, into: &buffer) }
    buffer.writeString("\n")
  }

  /// Writes each line of a value as a line of its own, so that no value can pose as a field.
  private static func write(_ field: String, _ value: String, into buffer: inout ByteBuffer) {
    let isBreak: (Character) -> Bool = { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    for line in value.split(omittingEmptySubsequences: false, whereSeparator: isBreak) {
      buffer.writeString("\(field): \(line)\n")
    }
  }
}

extension ResponseBodyWriter {
  /// - Throws: an error if the client is gone.
  public mutating func send(_ event: ServerSentEvent) async throws {
    var buffer = ByteBuffer()
    event.write(into: &buffer)
    try await write(buffer)
  }
}

/// A response that goes on while the closure runs: each event is sent at once. The response must not be stored, and no
/// proxy may wait until it is complete.
public func eventStream(
  _ body: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
) -> Response {
  var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-cache, no-store, no-transform"]
  if let buffering = HTTPField.Name("X-Accel-Buffering") { headers[buffering] = "no" }
  return Response(
    status: .ok, headers: headers,
    body: ResponseBody { writer in
      try await body(&writer)
      try await writer.finish(nil)
    })
}
