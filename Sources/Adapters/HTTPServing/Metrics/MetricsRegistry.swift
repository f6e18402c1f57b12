import Metrics
import Synchronization

/// What a process counts: the back end of swift-metrics, written out as Prometheus reads it.
public final class MetricsRegistry: MetricsFactory {
  /// The process's own.
  public static let process = MetricsRegistry()

  enum Series: Sendable { case count(Count), level(Level), spread(Spread) }

  /// By name, then by labels as they are written.
  private let families = Mutex<[String: [String: Series]]>([:])

  public init() {}

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    if case .count(let count) = series(label, dimensions, or: .count(Count())) { return count }
    return Count()
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    if case .level(let level) = series(label, dimensions, or: .level(Level())) { return level }
    return Level()
  }

  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    switch series(label, dimensions, or: aggregate ? .spread(Spread()) : .level(Level())) {
    case .spread(let spread): spread
    case .level(let level): level
    case .count: Level()
    }
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { spread(label, dimensions) }

  // A series that once was stays: a counter that vanishes looks like one that was set back.
  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyMeter(_ handler: any MeterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}

  func spread(_ name: String, _ labels: [(String, String)]) -> Spread {
    if case .spread(let spread) = series(name, labels, or: .spread(Spread())) { return spread }
    return Spread()
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
