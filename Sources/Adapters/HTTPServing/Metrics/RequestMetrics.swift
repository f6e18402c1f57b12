import HTTPTypes
import Synchronization

/// The number of requests and their duration, by route and status. It is updated with every beat, so that a series is
/// found by one look-up under one lock.
final class RequestMetrics: Sendable {
  private struct Key: Hashable, Sendable {
    let method: String
    /// The router's pattern, such as `/sessions/:id`; unknown paths share one series.
    let route: String
    let status: Int
  }

  private let registry: MetricsRegistry
  private let known = Mutex<[Key: HistogramSeries]>([:])

  init(_ registry: MetricsRegistry) { self.registry = registry }

  func note(_ method: HTTPRequest.Method, _ route: String?, _ status: Int, since start: ContinuousClock.Instant) {
    let took = (ContinuousClock.now - start).components
    let key = Key(method: Self.word(method), route: Self.name(route), status: status)
    histogram(key).record(Double(took.seconds) + Double(took.attoseconds) / 1e18)
  }

  private func histogram(_ key: Key) -> HistogramSeries {
    if let known = known.withLock({ $0[key] }) { return known }
    let made = registry.histogram(
      "talktime_http_request_duration_seconds",
      [
        ("method", key.method), ("route", key.route), ("status", String(key.status)),
      ])
    known.withLock { $0[key] = made }
    return made
  }

  /// The router also names paths that it does not know.
  private static func name(_ route: String?) -> String {
    guard let route, route.utf8.first == UInt8(ascii: "/") else { return "none" }
    return route
  }

  private static let usual: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]

  /// An invented method gets no series of its own.
  private static func word(_ method: HTTPRequest.Method) -> String {
    usual.contains(method) ? method.rawValue : "other"
  }
}
