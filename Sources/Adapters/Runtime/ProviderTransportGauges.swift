import HTTPServing
import HTTPTransport
import Synchronization

/// The transports of a service, one for each provider, for its metrics.
final class ProviderTransportGauges: Sendable {
  private let all = Mutex<[GuardedRequestSender]>([])

  func add(_ way: GuardedRequestSender) -> GuardedRequestSender {
    all.withLock { $0.append(way) }
    return way
  }

  var gauges: [MetricsGauge] {
    [
      MetricsGauge("talktime_provider_circuit") { [self] in readings { Double($0.circuit) } },
      MetricsGauge("talktime_provider_key_refused") { [self] in readings { $0.refusesKey ? 1 : 0 } },
      MetricsGauge("talktime_provider_requests") { [self] in readings { Double($0.running) } },
    ]
  }

  private func readings(_ value: (GuardedRequestSender.Reading) -> Double) -> [MetricsGauge.Reading] {
    all.withLock { $0 }.flatMap { way in
      way.readings.map { ([("provider", way.name), ("operation", $0.operation)], value($0)) }
    }
  }
}
