import Hummingbird

/// A figure that is read from a store when the metrics are requested.
public struct MetricsGauge: Sendable {
  public typealias Reading = (labels: [(String, String)], value: Double)

  let name: String
  let read: @Sendable () async -> [Reading]

  /// - Parameter read: returns no reading if the store cannot be asked.
  public init(_ name: String, _ read: @escaping @Sendable () async -> [Reading]) {
    self.name = name
    self.read = read
  }
}

extension RouterMethods where Context == HTTPRequestContext {
  /// Adds `/metrics` on the service's own port. Caddy forwards no request to it.
  public func addMetricsRoute(_ registry: MetricsRegistry, gauges: [MetricsGauge]) {
    get("/metrics") { _, _ in
      var text = PrometheusText()
      for gauge in gauges {
        for reading in await gauge.read() {
          text.add(gauge: reading.value, PrometheusText.name(gauge.name), PrometheusText.labels(reading.labels))
        }
      }
      return Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: .init(byteBuffer: ByteBuffer(string: registry.text + text.text)))
    }
  }
}
