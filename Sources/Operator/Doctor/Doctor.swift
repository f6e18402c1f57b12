import ArgumentParser
import Foundation
import HTTPTransport
import Logging
import Runtime

/// Reads the services' settings, tries each connection, and reports what is wrong in words.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks settings, databases, Redis, the providers and the agent; fails where anything is wrong.")

  @Option(help: "Where the numbered files of the migrations are.") var directory = "Migrations"
  @Flag(help: "Prints JSON.") var json = false

  func run() async throws {
    var logger = Logger(label: "talktime.operator") { _ in JSONLogHandler(service: "operator") }
    logger.logLevel = .critical
    let http = HTTPTransport(logger: logger)
    defer { http.close() }
    var findings = DoctorSettingsCheck().findings + DoctorCaddyCheck().findings()
    async let postgres = DoctorPostgresCheck(directory: directory, logger: logger).findings()
    async let redis = DoctorRedisCheck(logger: logger).findings()
    async let providers = DoctorProviderKeysCheck(http: http).findings()
    async let agents = DoctorAgentsCheck(http: http).findings()
    findings += await postgres + redis + providers + agents
    try tell(findings)
    if findings.contains(where: { $0.level == .problem }) { throw ExitCode(1) }
  }

  private struct Report: Encodable {
    let problems: Int
    let findings: [Finding]
  }

  private func tell(_ findings: [Finding]) throws {
    let problems = findings.count { $0.level == .problem }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(Report(problems: problems, findings: findings)), as: UTF8.self))
      return
    }
    for finding in findings { print("\(finding.level.mark) \(finding.area): \(finding.text)") }
    print(problems == 0 ? "nothing is wrong" : "\(problems) \(problems == 1 ? "problem" : "problems")")
  }
}
