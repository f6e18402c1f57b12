import Application
import HTTPServing

/// The progress of all consumers, for `/metrics`. A lag that Redis does not know is omitted: 0 would say that all is
/// well.
enum StreamGauges {
  static func all(_ administration: any StreamAdministration) -> [MetricsGauge] {
    [
      MetricsGauge("talktime_stream_lag") { await groups(administration) { $0.lag.map(Double.init) } },
      MetricsGauge("talktime_stream_pending") { await groups(administration) { Double($0.pending) } },
      MetricsGauge("talktime_stream_behind_seconds") {
        await groups(administration) { $0.behind.map { $0 / .seconds(1) } }
      },
      MetricsGauge("talktime_stream_oldest_pending_seconds") {
        await groups(administration) { ($0.oldestPending ?? .zero) / .seconds(1) }
      },
      MetricsGauge("talktime_stream_bytes") { await streams(administration) { Double($0.bytes) } },
      MetricsGauge("talktime_stream_age_seconds") {
        await streams(administration) { $0.age.map { Double($0.components.seconds) } }
      },
      MetricsGauge("talktime_dead_letters") {
        let counts = (try? await administration.deadLetterCounts()) ?? [:]
        return counts.sorted { $0.key < $1.key }.map { ([("list", $0.key)], Double($0.value)) }
      },
    ]
  }

  private static func streams(
    _ administration: any StreamAdministration, _ figure: (StreamReport) -> Double?
  ) async -> [MetricsGauge.Reading] {
    let reports = (try? await administration.streams()) ?? []
    return reports.compactMap { report in figure(report).map { ([("stream", report.name)], $0) } }
  }

  private static func groups(
    _ administration: any StreamAdministration, _ figure: (StreamReport.Group) -> Double?
  ) async -> [MetricsGauge.Reading] {
    let reports = (try? await administration.streams()) ?? []
    return reports.flatMap { report in
      report.groups.compactMap { group in
        figure(group).map { ([("stream", report.name), ("group", group.name)], $0) }
      }
    }
  }
}
