public enum RedisError: Error, Sendable, Equatable {
  /// There is no connection, or it was lost: the command may or may not have run.
  case unavailable
  case timeout
  /// The most commands are already in progress.
  case queueFull
  /// Redis reported an error; `code` is the reply's first word, such as `NOSCRIPT`.
  case server(code: String, message: String)
  case protocolViolation
  case cancelled
  case badURL

  /// Whether Redis cannot be reached or is overloaded; the same command may succeed later.
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
