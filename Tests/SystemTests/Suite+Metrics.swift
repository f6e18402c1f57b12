import HTTPTransport
import Testing

/// The metrics of one port, in Prometheus' format.
struct ServiceMetrics: Sendable {
  let text: String

  /// The sum of a metric's lines that contain all of these labels.
  func sum(_ name: String, _ labels: String...) -> Double {
    text.split(separator: "\n").filter { line in line.hasPrefix(name) && labels.allSatisfy { line.contains($0) } }
      .reduce(0) { $0 + (Double($1.split(separator: " ").last ?? "") ?? 0) }
  }
}

extension Suite {
  /// - Parameter service: such as `TASK`.
  func metrics(_ service: String) async throws -> ServiceMetrics {
    let url = try setting("\(service)_SERVICE_URL") + "/metrics"
    let answer = try await http.send(HTTPClientRequest(method: "GET", url: url), deadline: .seconds(5))
    #expect(answer.status == 200 && answer.header("content-type")?.hasPrefix("text/plain") == true)
    return ServiceMetrics(text: String(decoding: answer.body, as: UTF8.self))
  }
}
