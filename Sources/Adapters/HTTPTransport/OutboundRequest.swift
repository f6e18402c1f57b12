/// A request to another server. Redirects are never followed: a provider that redirects has changed its contract.
public struct OutboundRequest: Sendable {
  public var method: String
  /// http or https, absolute.
  public var url: String
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]?
  /// What of a provider is asked for, such as `GET conversation`: one of few, without ids. Nil for its method.
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

public struct InboundResponse: Sendable {
  public let status: Int
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]

  public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The first value of a header, its name in any case.
  public func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

public struct HTTPTransportConfiguration: Sendable {
  public var connectTimeout: Duration
  /// Connections at once to one host; requests beyond wait for one within their deadline.
  public var connectionsPerHost: Int
  /// Requests under way or waiting; one more is refused with `overloaded`.
  public var maximumRequests: Int
  public var userAgent: String
  /// A PEM file to trust in place of the system's.
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
  /// Not http or https, or a header that could split the request.
  case invalidRequest
  /// Name, route or handshake: the server never saw the request.
  case connect
  case tls
  /// The deadline passed. `sent` says whether the request may have had an effect.
  case timeout(sent: Bool)
  /// The connection broke or the answer could not be read, after the request went out.
  case broken
  case tooLarge
  case cancelled
  case overloaded
  case closed
  /// The provider has failed too often just now, and was not asked. Zero where somebody is trying it at this moment.
  case circuitOpen(retryAfter: Duration)

  /// Whether the server may have acted: then a repeat needs an idempotency key or a look first.
  public var mayHaveActed: Bool {
    switch self {
    case .invalidRequest, .connect, .tls, .overloaded, .closed, .circuitOpen: false
    case .timeout(let sent): sent
    case .broken, .tooLarge, .cancelled: true
    }
  }

  /// How long it is of no use to ask again; zero where that is not known.
  public var retryAfter: Duration {
    if case .circuitOpen(let retryAfter) = self { retryAfter } else { .zero }
  }
}
