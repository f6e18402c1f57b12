import Foundation
import Testing

@testable import HTTPServing

@Suite("The help of the metrics")
struct MetricHelpTests {
  private static let root = URL(fileURLWithPath: #filePath).appending(path: "../../../..").standardizedFileURL
  private static let known = Set(MetricHelp.texts.keys)

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The names in the sources that make metrics. A counter's name is there without `_total`.
  private static func names() throws -> Set<String> {
    let sources = root.appending(path: "Sources")
    let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
    var names: Set<String> = []
    for file in files where file.hasSuffix(".swift") && !file.hasSuffix("/MetricHelp.swift") {
      let text = try Self.text("Sources/\(file)")
      guard text.contains(#/import Metrics|MetricsGauge|MetricsRegistry/#) else { continue }
      for match in text.matches(of: #/"(talktime_[a-z_]+)"/#) { names.insert(String(match.1)) }
    }
    return names
  }

  @Test("every metric of the sources has one, and each is of a metric")
  func complete() throws {
    let names = try Self.names()
    #expect(names.count > 20)
    for name in names {
      #expect(Self.known.contains(name) || Self.known.contains(name + "_total"), "\(name) has no help")
    }
    for name in Self.known {
      let inSources = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
      #expect(names.contains(inSources), "no source makes \(name)")
    }
  }

  @Test("the table in docs/operations.md has the same metrics")
  func documented() throws {
    let section = try #require(
      Self.text("docs/operations.md").components(separatedBy: "\n## ").first { $0.hasPrefix("Metrics\n") })
    let cells = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap {
      $0.split(separator: "|").first
    }
    let documented = Set(cells.flatMap { $0.matches(of: #/`(talktime_[a-z_]+)`/#).map { String($0.1) } })
    #expect(documented == Self.known)
  }

  @Test("the alerts are about metrics that there are, and docs/operations.md says what to do about each")
  func alerts() throws {
    let rules = try Self.text("Deploy/prometheus/alerts.yml")
    let names = rules.matches(of: #/\b(talktime_[a-z_]+)/#).map { String($0.1) }
    #expect(names.count > 15)
    for name in names {
      let base = name.replacing(#/_(bucket|count|sum)$/#, with: "")
      #expect(Self.known.contains(name) || Self.known.contains(base), "\(name) is no metric")
    }
    let alerts = rules.matches(of: #/- alert: (\w+)/#).map { String($0.1) }
    let section = try #require(
      Self.text("docs/operations.md").components(separatedBy: "\n## ").first { $0.hasPrefix("Alerts\n") })
    #expect(section.matches(of: #/\n\| `(\w+)`/#).map { String($0.1) } == alerts)
  }

  @Test("a metric's help comes once, before its type")
  func written() throws {
    let registry = MetricsRegistry()
    for group in ["a", "b"] {
      registry.makeCounter(label: "talktime_events", dimensions: [("group", group)]).increment(by: 1)
    }
    let help = try #require(MetricHelp.texts["talktime_events_total"])
    #expect(registry.text.hasPrefix("# HELP talktime_events_total \(help)\n# TYPE talktime_events_total counter\n"))
    #expect(registry.text.components(separatedBy: "# HELP").count == 2)
  }
}
