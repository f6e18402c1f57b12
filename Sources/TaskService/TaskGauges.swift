import HTTPServing
import PostgresAdapter
import PostgresDriver

/// The tasks that have not ended, for `/metrics`. If Postgres cannot be asked there is no reading: 0 would say that all
/// is well.
enum TaskGauges {
  static func all(_ database: PostgresPool) -> [MetricsGauge] {
    [
      gauge("talktime_tasks", database) { Double($0.count) },
      gauge("talktime_tasks_oldest_seconds", database) { $0.age },
      gauge("talktime_tasks_overdue_seconds", database) { $0.overdue },
    ]
  }

  private static func gauge(
    _ name: String, _ database: PostgresPool, _ figure: @escaping @Sendable (PostgresTaskBacklog) -> Double
  ) -> MetricsGauge {
    MetricsGauge(name) {
      let backlogs = (try? await PostgresTaskBacklog.read(in: database)) ?? []
      return backlogs.map { ([("state", $0.state), ("type", $0.type)], figure($0)) }
    }
  }
}
