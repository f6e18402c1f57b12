public enum RedisError: Error, Sendable, Equatable {
  /// No connection, or it was lost: the command may or may not have run.
  case unavailable
  case timeout
  /// As many commands are under way as may be.
  case queueFull
  /// Redis refused; `code` is the reply's first word, such as `NOSCRIPT`.
  case server(code: String, message: String)
  case protocolViolation
  case cancelled
  case badURL

  /// Redis is away or overwhelmed; the same command may succeed later.
  public var isUnavailable: Bool {
    switch self {
    case .unavailable, .timeout, .queueFull, .protocolViolation: true
    case .server(let code, _):
      ["LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "OOM", "MISCONF"].contains(code)
    case .cancelled, .badURL: false
    }
  }

  init(reply message: String) {
    self = .server(code: String(message.prefix { $0 != " " }), message: message)
  }
}
