import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import HTTPServing

@Suite("A service's metrics")
struct MetricsTests {
  @Test("counters, gauges and histograms are in Prometheus' format, each type named once")
  func text() {
    let registry = MetricsRegistry()
    registry.makeCounter(label: "things", dimensions: [("kind", "a \"b\"\\\n")]).increment(by: 2)
    registry.makeCounter(label: "things", dimensions: [("kind", "c")]).increment(by: 1)
    registry.makeMeter(label: "depth.now", dimensions: []).set(1.5)
    let timer = registry.makeTimer(label: "took_seconds", dimensions: [])
    for milliseconds in [250, 500, 1_000, 20_000] as [Int64] { timer.recordNanoseconds(milliseconds * 1_000_000) }
    let lines = registry.text.split(separator: "\n").map(String.init)
    #expect(lines.filter { $0.hasPrefix("# TYPE") }.count == 3)
    for line in [
      "# TYPE things_total counter", #"things_total{kind="a \"b\"\\\n"} 2"#, #"things_total{kind="c"} 1"#,
      "depth_now 1.5",
      #"took_seconds_bucket{le="0.25"} 1"#, #"took_seconds_bucket{le="0.5"} 2"#, #"took_seconds_bucket{le="10"} 3"#,
      #"took_seconds_bucket{le="+Inf"} 4"#, "took_seconds_count 4", "took_seconds_sum 21.75",
    ] { #expect(lines.contains(line), "\(line) in \(lines)") }
  }

  @Test("the same name and labels are the same series, and another kind of metric by that name changes nothing")
  func same() {
    let registry = MetricsRegistry()
    for _ in 0..<2 { registry.makeCounter(label: "n", dimensions: [("a", "b")]).increment(by: 1) }
    registry.makeTimer(label: "n", dimensions: [("a", "b")]).recordNanoseconds(1)
    #expect(registry.text.contains("n_total{a=\"b\"} 2\n"))
  }

  @Test("requests are counted by route and status, unknown routes as one series; gauges are read when scraped")
  func requests() async throws {
    let router = Serving.router()
    let registry = MetricsRegistry()
    router.get("/things/:id") { _, _ in Response(status: .ok) }
    router.addMetricsRoute(registry, gauges: [MetricsGauge("depth") { [([("of", "x")], 7)] }])
    let responder = EdgeResponder(
      router.buildResponder(), edge: EdgeResponseWriter(publicURL: "http://localhost", registry: registry),
      routes: router.routes)
    let application = Application(responder: responder, logger: Logger(label: "test"))
    try await application.test(.router) { client in
      for path in ["/things/1", "/things/2", "/nowhere/3", "/nowhere/4"] {
        _ = try await client.execute(uri: path, method: .get)
      }
      let text = String(buffer: try await client.execute(uri: "/metrics", method: .get).body)
      let name = "talktime_http_request_duration_seconds_count"
      for line in [
        #"",status="200"} 2"#, name + #"{method="GET",route="none",status="404"} 2"#, #"depth{of="x"} 7"#,
      ] { #expect(text.contains(line), "\(line) in \(text)") }
      #expect(!text.contains("nowhere"))
    }
  }
}
