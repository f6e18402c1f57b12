import Application
import HTTPServing

/// How far all consumers are, for `/metrics`. A lag that Redis cannot tell is not shown: 0 would say that all is well.
enum StreamGauges {
  static func all(_ desk: any InspectsStreams) -> [MetricsGauge] {
    [
      MetricsGauge("talktime_stream_lag") { await groups(desk) { $0.lag.map(Double.init) } },
      MetricsGauge("talktime_stream_pending") { await groups(desk) { Double($0.pending) } },
      MetricsGauge("talktime_stream_bytes") { await streams(desk) { Double($0.bytes) } },
      MetricsGauge("talktime_stream_age_seconds") {
        await streams(desk) { $0.age.map { Double($0.components.seconds) } }
      },
      MetricsGauge("talktime_dead_letters") {
        let counts = (try? await desk.deadLetterCounts()) ?? [:]
        return counts.sorted { $0.key < $1.key }.map { ([("list", $0.key)], Double($0.value)) }
      },
    ]
  }

  private static func streams(
    _ desk: any InspectsStreams, _ figure: (StreamReport) -> Double?
  ) async -> [MetricsGauge.Reading] {
    let reports = (try? await desk.streams()) ?? []
    return reports.compactMap { report in figure(report).map { ([("stream", report.name)], $0) } }
  }

  private static func groups(
    _ desk: any InspectsStreams, _ figure: (StreamReport.Group) -> Double?
  ) async -> [MetricsGauge.Reading] {
    let reports = (try? await desk.streams()) ?? []
    return reports.flatMap { report in
      report.groups.compactMap { group in
        figure(group).map { ([("stream", report.name), ("group", group.name)], $0) }
      }
    }
  }
}
