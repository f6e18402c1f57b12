import HTTPServing
import PostgresAdapter
import PostgresDriver

/// The events that wait for this service's relay, for `/metrics`. If Postgres cannot be asked there is no reading: 0
/// would say that all is well.
enum OutboxGauges {
  static func all(_ source: String, _ database: PostgresPool) -> [MetricsGauge] {
    [
      gauge("talktime_outbox_waiting", source, database) { Double($0.count) },
      gauge("talktime_outbox_waiting_seconds", source, database) { $0.age },
    ]
  }

  private static func gauge(
    _ name: String, _ source: String, _ database: PostgresPool,
    _ figure: @escaping @Sendable (PostgresOutboxBacklog) -> Double
  ) -> MetricsGauge {
    MetricsGauge(name) {
      guard let backlog = try? await PostgresOutboxBacklog.read(of: source, in: database) else { return [] }
      return [([("source", source)], figure(backlog))]
    }
  }
}
