import Metrics

extension GuardedRequestSender {
  /// Counts a call by what came of it.
  func count(_ result: Result<HTTPClientResponse, TransportError>, of operation: String) {
    Counter(
      label: "talktime_provider_calls",
      dimensions: [("provider", name), ("operation", operation), ("outcome", Self.outcome(result))]
    ).increment()
  }

  /// `2xx` to `5xx`, `429`, or the error.
  static func outcome(_ result: Result<HTTPClientResponse, TransportError>) -> String {
    switch result {
    case .success(let response): response.status == 429 ? "429" : "\(response.status / 100)xx"
    case .failure(.invalidRequest): "invalid_request"
    case .failure(.connect), .failure(.tls): "unreachable"
    case .failure(.timeout): "timeout"
    case .failure(.broken): "broken"
    case .failure(.tooLarge): "too_large"
    case .failure(.cancelled): "cancelled"
    case .failure(.overloaded): "overloaded"
    case .failure(.closed): "closed"
    case .failure(.circuitOpen): "circuit_open"
    }
  }
}
