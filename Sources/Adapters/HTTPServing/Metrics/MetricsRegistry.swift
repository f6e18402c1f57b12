import Metrics
import Synchronization

/// The metrics of a process: a back end of swift-metrics that writes the format of Prometheus.
public final class MetricsRegistry: MetricsFactory {
  /// The process's own registry.
  public static let process = MetricsRegistry()

  enum Series: Sendable { case counter(CounterSeries), gauge(GaugeSeries), histogram(HistogramSeries) }

  /// The series by name, then by their labels in written form.
  private let families = Mutex<[String: [String: Series]]>([:])

  public init() {}

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    if case .counter(let count) = series(label, dimensions, or: .counter(CounterSeries())) { return count }
    return CounterSeries()
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    if case .gauge(let gauge) = series(label, dimensions, or: .gauge(GaugeSeries())) { return gauge }
    return GaugeSeries()
  }

  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    switch series(label, dimensions, or: aggregate ? .histogram(HistogramSeries()) : .gauge(GaugeSeries())) {
    case .histogram(let histogram): histogram
    case .gauge(let gauge): gauge
    case .counter: GaugeSeries()
    }
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(label, dimensions)
  }

  // A series stays once it exists: a counter that vanishes looks like one that was reset.
  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyMeter(_ handler: any MeterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}

  func histogram(_ name: String, _ labels: [(String, String)]) -> HistogramSeries {
    if case .histogram(let histogram) = series(name, labels, or: .histogram(HistogramSeries())) { return histogram }
    return HistogramSeries()
  }

  /// The existing series, or the new one, which is stored.
  private func series(_ name: String, _ labels: [(String, String)], or new: @autoclosure () -> Series) -> Series {
    let (name, labels) = (PrometheusText.name(name), PrometheusText.labels(labels))
    return families.withLock { families in
      if let known = families[name]?[labels] { return known }
      let made = new()
      families[name, default: [:]][labels] = made
      return made
    }
  }

  /// The metrics in the text format of Prometheus, version 0.0.4.
  public var text: String {
    var text = PrometheusText()
    for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      for (labels, series) in family.sorted(by: { $0.key < $1.key }) { text.add(series, name, labels) }
    }
    return text.text
  }
}
