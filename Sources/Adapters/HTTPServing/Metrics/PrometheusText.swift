/// The text format of Prometheus, version 0.0.4.
struct PrometheusText {
  private(set) var text = ""
  private var typed: Set<String> = []

  /// Letters, digits, underscore and colon; anything else becomes an underscore.
  static func name(_ label: String) -> String {
    let legal = label.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" }
    return legal.first?.isNumber == true ? "_" + String(legal) : String(legal)
  }

  /// `route="/sessions",status="200"`, or nothing.
  static func labels(_ labels: [(String, String)]) -> String {
    labels.map { "\(name($0.0))=\"\(escaped($0.1))\"" }.joined(separator: ",")
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  mutating func add(_ series: MetricsRegistry.Series, _ name: String, _ labels: String) {
    switch series {
    case .counter(let count): add(count: count.total, name.hasSuffix("_total") ? name : name + "_total", labels)
    case .gauge(let gauge): add(gauge: gauge.now, name, labels)
    case .histogram(let histogram): add(histogram, name, labels)
    }
  }

  mutating func add(count: Int64, _ name: String, _ labels: String) {
    type(name, "counter")
    line(name, labels, String(count))
  }

  mutating func add(gauge: Double, _ name: String, _ labels: String) {
    type(name, "gauge")
    line(name, labels, Self.number(gauge))
  }

  private mutating func add(_ histogram: HistogramSeries, _ name: String, _ labels: String) {
    type(name, "histogram")
    let state = histogram.now
    let before = labels.isEmpty ? "" : labels + ","
    var sum: Int64 = 0
    for (bound, count) in zip(histogram.bounds, state.counts) {
      sum += count
      line(name + "_bucket", "\(before)le=\"\(Self.number(bound))\"", String(sum))
    }
    line(name + "_bucket", "\(before)le=\"+Inf\"", String(state.total))
    line(name + "_sum", labels, Self.number(state.sum))
    line(name + "_count", labels, String(state.total))
  }

  private mutating func type(_ name: String, _ type: String) {
    guard typed.insert(name).inserted else { return }
    if let help = MetricHelp.texts[name] { text += "# HELP \(name) \(help)\n" }
    text += "# TYPE \(name) \(type)\n"
  }

  private mutating func line(_ name: String, _ labels: String, _ value: String) {
    text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
  }

  private static func number(_ value: Double) -> String {
    Int64(exactly: value).map { String($0) } ?? value.description
  }
}
