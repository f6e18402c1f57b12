import Metrics
import Synchronization

/// What a process counts: the back end of swift-metrics, written out as Prometheus reads it.
public final class MetricsRegistry: MetricsFactory {
  /// The process's own.
  public static let process = MetricsRegistry()

  enum Series: Sendable { case counter(CounterSeries), gauge(GaugeSeries), histogram(HistogramSeries) }

  /// By name, then by labels as they are written.
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

  // A series that once was stays: a counter that vanishes looks like one that was set back.
  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyMeter(_ handler: any MeterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}

  func histogram(_ name: String, _ labels: [(String, String)]) -> HistogramSeries {
    if case .histogram(let histogram) = series(name, labels, or: .histogram(HistogramSeries())) { return histogram }
    return HistogramSeries()
  }

  /// The series that is there, or this one from now on.
  private func series(_ name: String, _ labels: [(String, String)], or new: @autoclosure () -> Series) -> Series {
    let (name, labels) = (PrometheusText.name(name), PrometheusText.labels(labels))
    return families.withLock { families in
      if let known = families[name]?[labels] { return known }
      let made = new()
      families[name, default: [:]][labels] = made
      return made
    }
  }

  /// In the text format of Prometheus, version 0.0.4.
  public var text: String {
    var text = PrometheusText()
    for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      for (labels, series) in family.sorted(by: { $0.key < $1.key }) { text.add(series, name, labels) }
    }
    return text.text
  }
}
