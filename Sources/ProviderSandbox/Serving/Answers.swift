import Hummingbird
import NIOCore

/// An error in the imitated provider's form: its status and its body.
struct ProviderFailure: Error, HTTPResponseError {
  let status: HTTPResponse.Status
  let body: JSON
  var headers: HTTPFields = [:]

  func response(from request: Request, context: some RequestContext) throws -> Response {
    Response.json(body, status: status, headers: headers)
  }
}

extension Response {
  static func json(_ value: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
    bytes(value.bytes, type: "application/json; charset=utf-8", status: status, headers: headers)
  }

  static func html(_ page: String, status: HTTPResponse.Status = .ok) -> Response {
    bytes(Array(page.utf8), type: "text/html; charset=utf-8", status: status)
  }

  static func script(_ source: String) -> Response {
    bytes(Array(source.utf8), type: "text/javascript; charset=utf-8", headers: [.cacheControl: "no-store"])
  }

  static func bytes(
    _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = type
    return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static let noContent = Response(status: .noContent)
}

extension Request {
  /// The whole body, up to 16 MiB.
  func bytes() async throws -> [UInt8] {
    Array(buffer: try await body.collect(upTo: 16 << 20))
  }

  /// The body as JSON: an empty one reads as `{}`, and one that is not JSON as `nil`.
  func json() async throws -> JSON? {
    let bytes = try await bytes()
    return bytes.isEmpty ? .object([:]) : JSON.parse(bytes)
  }

  /// The body of a control request.
  func instructions() async throws -> JSON {
    guard let json = try await json(), json.object != nil else {
      throw ControlFailure("the body must be a JSON object")
    }
    return json
  }

  func query(_ name: String) -> String? {
    uri.queryParameters[Substring(name)].map(String.init)
  }
}

/// A control request that cannot be performed.
struct ControlFailure: Error, HTTPResponseError {
  let status: HTTPResponse.Status
  let message: String

  init(_ message: String, status: HTTPResponse.Status = .badRequest) {
    self.message = message
    self.status = status
  }

  func response(from request: Request, context: some RequestContext) throws -> Response {
    Response.json(["error": .string(message)], status: status)
  }
}
