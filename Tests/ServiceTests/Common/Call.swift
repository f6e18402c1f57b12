import HTTPTypes
import NIOCore

/// One request of a test.
struct Call: Sendable {
  var method = HTTPRequest.Method.get
  var uri: String
  var headers: HTTPFields = [:]
  var body: String?

  static func get(_ uri: String, _ token: String? = nil) -> Call { Call(uri: uri).signed(token) }

  /// - Parameter body: as JSON; nil for none.
  static func post(_ uri: String, _ token: String? = nil, body: String? = nil, key: String? = nil) -> Call {
    Call(method: .post, uri: uri).signed(token).with(body: body, key: key)
  }

  static func other(_ method: HTTPRequest.Method, _ uri: String, _ token: String?, body: String? = nil) -> Call {
    Call(method: method, uri: uri).signed(token).with(body: body, key: nil)
  }

  /// Nil for a request without a token.
  func signed(_ token: String?) -> Call {
    var call = self
    call.headers[.authorization] = token.map { "Bearer \($0)" }
    return call
  }

  func with(body: String?, key: String?) -> Call {
    var call = self
    call.body = body
    if body != nil { call.headers[.contentType] = "application/json" }
    if let key { call = call.with("idempotency-key", key) }
    return call
  }

  func with(_ header: String, _ value: String?) -> Call {
    var call = self
    if let name = HTTPField.Name(header) { call.headers[name] = value }
    return call
  }

  func with(query: String) -> Call {
    var call = self
    call.uri += (uri.contains("?") ? "&" : "?") + query
    return call
  }
}
