/// A request to another server. Redirects are never followed: a redirect means that the provider has changed its
/// contract.
public struct HTTPClientRequest: Sendable {
  public var method: String
  /// An absolute http or https address.
  public var url: String
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]?
  /// The operation at the provider, such as `GET conversation`: one of a small number, without ids. Nil means the
  /// method.
  public var operation: String?

  public init(
    method: String, url: String, headers: [(String, String)] = [], body: [UInt8]? = nil, operation: String? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers.map { (name: $0.0, value: $0.1) }
    self.body = body
    self.operation = operation
  }
}

public struct HTTPClientResponse: Sendable {
  public let status: Int
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]

  public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The first value of a header; the case of the name does not matter.
  public func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

public struct HTTPTransportConfiguration: Sendable {
  public var connectTimeout: Duration
  /// The most connections to one host. Further requests wait for one within their deadline.
  public var connectionsPerHost: Int
  /// The most requests in progress or waiting. A further one is refused with `overloaded`.
  public var maximumRequests: Int
  public var userAgent: String
  /// A PEM file of authorities to trust instead of the system's.
  public var authorities: String?

  public init(
    connectTimeout: Duration = .seconds(3), connectionsPerHost: Int = 16, maximumRequests: Int = 1_000,
    userAgent: String = "Talktime", authorities: String? = nil
  ) {
    self.connectTimeout = connectTimeout
    self.connectionsPerHost = connectionsPerHost
    self.maximumRequests = maximumRequests
    self.userAgent = userAgent
    self.authorities = authorities
  }
}

public enum TransportError: Error, Sendable, Equatable {
  /// The address is not http or https, or a header could split the request.
  case invalidRequest
  /// The name lookup, the route or the handshake failed: the server never saw the request.
  case connect
  case tls
  /// The deadline passed. `sent` says whether the server may have acted on the request.
  case timeout(sent: Bool)
  /// The request was sent, but the connection broke or the response could not be read.
  case broken
  case tooLarge
  case cancelled
  case overloaded
  case closed
  /// The provider failed too often recently, so no request was sent. `retryAfter` is zero while another request tests
  /// the provider.
  case circuitOpen(retryAfter: Duration)

  /// Whether the server may have acted. If so, a repeat needs an idempotency key, or a check first.
  public var mayHaveActed: Bool {
    switch self {
    case .invalidRequest, .connect, .tls, .overloaded, .closed, .circuitOpen: false
    case .timeout(let sent): sent
    case .broken, .tooLarge, .cancelled: true
    }
  }

  /// How long a repeat will certainly fail; zero if that is not known.
  public var retryAfter: Duration {
    if case .circuitOpen(let retryAfter) = self { retryAfter } else { .zero }
  }
}
