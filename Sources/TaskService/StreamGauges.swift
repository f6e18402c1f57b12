import Application
import HTTPServing

/// How far all consumers are, for `/metrics`.
enum StreamGauges {
  static func all(_ desk: any InspectsStreams) -> [MetricsGauge] {
    [
      MetricsGauge("talktime_stream_lag") { await groups(desk) { Double($0.lag ?? 0) } },
      MetricsGauge("talktime_stream_pending") { await groups(desk) { Double($0.pending) } },
      MetricsGauge("talktime_dead_letters") {
        let counts = (try? await desk.deadLetterCounts()) ?? [:]
        return counts.sorted { $0.key < $1.key }.map { ([("list", $0.key)], Double($0.value)) }
      },
    ]
  }

  private static func groups(
    _ desk: any InspectsStreams, _ figure: (StreamReport.Group) -> Double
  ) async -> [MetricsGauge.Reading] {
    let reports = (try? await desk.streams()) ?? []
    return reports.flatMap { report in
      report.groups.map { ([("stream", report.name), ("group", $0.name)], figure($0)) }
    }
  }
}
