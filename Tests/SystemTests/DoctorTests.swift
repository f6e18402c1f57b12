import Foundation
import TestInfrastructure
import Testing

@Suite("The doctor", .serialized, .sandboxRestored)
struct DoctorTests {
  private struct Report: Decodable {
    struct Finding: Decodable {
      let area, level, text: String
    }
    let problems: Int
    let findings: [Finding]
  }

  private func report(_ suite: Suite, _ environment: [String: String] = [:]) async throws -> (status: Int32, Report) {
    let (status, text) = try await suite.output("talktime", "doctor", "--json", environment: environment)
    return (status, try JSONDecoder().decode(Report.self, from: Data(text.utf8)))
  }

  /// Runs the command itself, so that the test can change the suite's settings.
  private func plainReport(_ suite: Suite, _ environment: [String: String]) async throws -> Report {
    let root = URL(fileURLWithPath: try suite.setting("TALKTIME_DEV")).deletingLastPathComponent()
    let process = Process()
    process.executableURL = root.appending(path: ".build/debug/talktime")
    process.arguments = ["doctor", "--json", "--directory", root.appending(path: "Migrations").path]
    process.environment = suite.settings.merging(environment) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONDecoder().decode(Report.self, from: text)
  }

  private func change(_ suite: Suite, _ settings: [String: Any]) async throws {
    try await suite.sandbox("PUT", "/control/elevenlabs/agents/agent_sandbox", body: settings)
  }

  @Test("the doctor finds nothing wrong with a running suite")
  func healthy() async throws {
    let suite = try Suite.running()
    try await change(suite, ["reset": true])
    let (status, report) = try await report(suite)
    #expect(status == 0 && report.problems == 0)
    let areas = Set(report.findings.map(\.area))
    for area in ["settings", "postgres", "migrations", "redis", "razorpay", "gemini", "agent agent_sandbox", "update"] {
      #expect(areas.contains(area))
    }
    #expect(report.findings.filter { $0.level != "ok" }.map(\.text) == [])
    #expect(try await suite.output("talktime", "doctor").text.hasSuffix("nothing is wrong\n"))
  }

  @Test("the doctor fails while a worker of an older task service runs, and a service started then warns of it")
  func olderTaskService() async throws {
    let suite = try Suite.running()
    try await change(suite, ["reset": true])
    // As a release before writes its row.
    _ = try await suite.withDatabase { database in
      try await database.query(
        "INSERT INTO task_workers (worker, lease_until) VALUES ('older', clock_timestamp() + interval '5 minutes')")
    }
    let (status, report) = try await report(suite)
    #expect(status == 1 && report.problems == 1)
    #expect(report.findings.first { $0.level == "problem" }?.area == "update")
    try await suite.dev("start", "auth", "2")
    let log = try suite.setting("TALKTIME_STATE") + "/log/auth-2.log"
    _ = try await eventually("the service warns") {
      let text = try String(contentsOfFile: log, encoding: .utf8)
      return text.contains("a task service of an older release is running") ? true : nil
    }
    _ = try await suite.withDatabase { try await $0.query("DELETE FROM task_workers WHERE worker = 'older'") }
    try await suite.dev("kill", "auth", "2")
    #expect(try await self.report(suite).status == 0)
  }

  @Test("the doctor reports settings that would stop a service")
  func unreadable() async throws {
    let suite = try Suite.running()
    let wrong = ["MAX_TALK": "1hour", "ELEVEN_CONTROL": "Monitor", "MAX_LIVE_SESSIONS": "many"]
    let (status, report) = try await report(suite, wrong)
    let found = report.findings.filter { $0.level == "problem" && $0.area == "settings" }.map(\.text)
    #expect(status == 1 && found.count == 3)
    for name in wrong.keys { #expect(found.contains { $0.hasPrefix(name) }, "\(name)") }
  }

  @Test("the doctor reports what this seller's documents are, and invalid names of a series")
  func seller() async throws {
    let suite = try Suite.running()
    func found(_ environment: [String: String]) async throws -> [Report.Finding] {
      try await report(suite, environment).1.findings
    }
    let plain = try await found([:]).filter { $0.area == "seller" }
    #expect(plain.map(\.level) == ["ok"] && plain.first?.text.contains("without any tax") == true)
    let registered = try await found(["SELLER_GSTIN": "29AAGCB7383J1Z4"]).filter { $0.area == "seller" }
    #expect(registered.map(\.level) == ["ok", "warning", "warning"])
    let whole = try await found([
      "SELLER_GSTIN": "29AAGCB7383J1Z4", "SELLER_ADDRESS": "1 MG Road", "BUYER_STATE_REQUIRED": "true",
    ])
    #expect(whole.filter { $0.area == "seller" }.map(\.level) == ["ok"])
    for (settings, word) in [
      (["RECEIPT_PREFIX": "0TT"], "RECEIPT_PREFIX"), (["CREDIT_NOTE_PREFIX": "-CN"], "CREDIT_NOTE_PREFIX"),
      (["DEBIT_NOTE_PREFIX": "/DN"], "DEBIT_NOTE_PREFIX"), (["RECEIPT_PREFIX": "cn"], "are not three"),
      (["DEBIT_NOTE_PREFIX": "tt"], "are not three"), (["SELLER_GSTIN": "29AAGCB7383J1Z5"], "SELLER_GSTIN"),
    ] {
      let problems = try await found(settings).filter { $0.level == "problem" }.map(\.text)
      #expect(problems.count == 1 && problems.first?.contains(word) == true, "\(settings)")
    }
  }

  @Test("the doctor reports agent settings that let users talk without paying")
  func agent() async throws {
    let suite = try Suite.running()
    let cases: [([String: Any], String)] = [
      (["platform_settings": ["auth": ["enable_auth": false]]], "enable_auth"),
      (["platform_settings": ["auth": ["shareable_token": "abc"]]], "shareable_token"),
      (
        [
          "platform_settings": [
            "overrides": ["conversation_config_override": ["agent": ["prompt": ["llm": true]], "tts": ["speed": true]]]
          ]
        ], "agent.prompt.llm"
      ),
      (["conversation_config": ["conversation": ["max_duration_seconds": 86_400]]], "MAX_TALK"),
      (["conversation_config": ["conversation": ["max_duration_seconds": 0]]], "never end"),
    ]
    for (settings, word) in cases {
      try await change(suite, settings.merging(["reset": true]) { $1 })
      let (status, report) = try await report(suite)
      #expect(status == 1 && report.problems == 1)
      #expect(report.findings.first { $0.level == "problem" }?.text.contains(word) == true, "\(word)")
    }
    try await change(suite, ["reset": true])
  }

  @Test("the doctor reports settings that prevent talks, or cost more than is charged")
  func agentService() async throws {
    let suite = try Suite.running()
    let cases: [(settings: [String: Any], word: String, isProblem: Bool)] = [
      (["platform_settings": ["queueing_config": ["enabled": true]]], "queueing_config", true),
      (["platform_settings": ["call_limits": ["bursting_enabled": true]]], "bursting_enabled", false),
      (["platform_settings": ["call_limits": ["daily_limit": 20]]], "daily_limit", false),
      (["platform_settings": ["auth": ["allowlist": [["hostname": "elsewhere.example"]]]]], "allowlist", true),
      (["conversation_config": ["conversation": ["client_events": ["audio"]]]], "client_events", true),
      (["conversation_config": ["tts": ["agent_output_audio_format": "ulaw_8000"]]], "agent_output_audio_format", true),
      (["conversation_config": ["asr": ["user_input_audio_format": "ulaw_8000"]]], "user_input_audio_format", true),
      (
        ["platform_settings": ["workspace_overrides": ["webhooks": ["events": ["transcript", "audio"]]]]],
        "leave audio out", false
      ),
    ]
    for (settings, word, isProblem) in cases {
      try await change(suite, settings.merging(["reset": true]) { $1 })
      let (status, report) = try await report(suite)
      let found = report.findings.filter { $0.level != "ok" }
      #expect(status == (isProblem ? 1 : 0) && found.count == 1, "\(word)")
      #expect(found.first?.text.contains(word) == true, "\(word)")
      #expect(found.first?.level == (isProblem ? "problem" : "warning"))
    }
    try await change(suite, ["reset": true])
  }

  @Test("the doctor names an unreachable database, a call that cannot be ended and a missing agent")
  func wrong() async throws {
    let suite = try Suite.running()
    try await change(
      suite, ["reset": true, "conversation_config": ["conversation": ["monitoring_enabled": false]]])
    let (status, report) = try await report(
      suite,
      [
        "DATABASE_LISTEN_URL": "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", "ELEVEN_CONTROL": "monitor",
      ])
    #expect(status == 1)
    let problems = report.findings.filter { $0.level == "problem" }.map(\.text)
    #expect(problems.count == 2)
    #expect(problems.contains { $0.hasPrefix("DATABASE_LISTEN_URL") } && problems.contains { $0.contains("monitor") })
    try await change(suite, ["reset": true])
  }

  @Test("the doctor names a Caddy that should not face the internet, and a check that it cannot make")
  func caddy() async throws {
    let suite = try Suite.running()
    let directory = FileManager.default.temporaryDirectory.appending(path: "caddy-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let binary = directory.appending(path: "caddy").path
    for (said, environment, level) in [
      ("2.6.2", "production", "problem"), ("2.6.2", "development", "ok"), ("v2.10.2 h1:a=", "production", "problem"),
      ("v2.11.4 h1:a=", "production", "problem"), ("v2.11.7 h1:a=", "production", "ok"),
      ("v3.0.0 h1:a=", "production", "ok"), ("nothing", "production", "warning"),
    ] {
      try "#!/bin/sh\necho '\(said)'\n".write(toFile: binary, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: binary)
      let report = try await plainReport(suite, ["CADDY_BIN": binary, "ENVIRONMENT": environment])
      let found = report.findings.filter { $0.area == "caddy" }
      #expect(found.map(\.level) == [level], "\(said) in \(environment)")
      #expect(
        level == "warning" || found.first?.text.contains(said.split(separator: " ")[0].drop { $0 == "v" }) == true)
      let isOld = said.hasPrefix("2.6") || said.hasPrefix("v2.10") || said.hasPrefix("v2.11.4")
      #expect(found.first?.text.contains("should not face the internet") == isOld, "\(said) in \(environment)")
    }
    let (_, report) = try await report(suite, ["CADDY_BIN": directory.appending(path: "none").path])
    #expect(report.findings.contains { $0.area == "caddy" && $0.level == "warning" && $0.text.contains("not known") })
  }

  @Test("the doctor reports tables of another version")
  func migrations() async throws {
    let suite = try Suite.running()
    let directory = FileManager.default.temporaryDirectory.appending(path: "migrations-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (name, text) in [("0001_foundation.sql", "SELECT 1"), ("9999_later.sql", "SELECT 1")] {
      try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
    }
    let (status, text) = try await suite.output("talktime", "doctor", "--directory", directory.path)
    #expect(status == 1)
    #expect(text.contains("✗ migrations: 9999_later is not applied"))
    #expect(text.contains("✗ migrations: 0001_foundation was applied and has changed since"))
    #expect(text.contains("! migrations: 0002_identity was applied by a newer version"))
    #expect(text.hasSuffix("2 problems\n"))
  }

  @Test(
    "the doctor reports what is missing behind a transaction pooler, and no problem behind a session pooler",
    .enabled(if: isPoolerThere),
    arguments: PgBouncer.Mode.allCases)
  func pooler(_ mode: PgBouncer.Mode) async throws {
    let suite = try Suite.running()
    try await change(suite, ["reset": true])
    let address = try suite.setting("TASK_DATABASE_URL")
    try await PgBouncer.with(mode, addresses: [address]) { pooler in
      let settings = ["DATABASE_LISTEN_URL": pooler.url(address)]
      let (status, first) = try await report(suite, settings)
      let problems = first.findings.filter { $0.level == "problem" }.map(\.text)
      #expect(
        first.findings.contains { $0.text.contains("DATABASE_LISTEN_URL") && $0.text.contains("through a pooler") })
      if mode == .session {
        #expect(status == 0 && problems == [])
        return
      }
      #expect(problems.count == 1 && problems.first?.contains("set DATABASE_LISTEN_URL to a direct address") == true)
      let flagged = try await report(suite, settings.merging(["DATABASE_PREPARED": "true"]) { $1 }).1.findings
      #expect(flagged.contains { $0.level == "problem" && $0.text.contains("DATABASE_PREPARED must not be true") })
    }
  }

  @Test("the doctor names the wrong parameter of an address, and no password")
  func address() async throws {
    let suite = try Suite.running()
    try await change(suite, ["reset": true])
    let url = try suite.setting("DATABASE_URL")
    let secret = try #require(URLComponents(string: url)?.password)
    let (status, text) = try await suite.output(
      "talktime", "doctor", environment: ["DATABASE_LISTEN_URL": url + "?colour=red"])
    #expect(status == 1 && text.contains("the word colour is unknown") && !text.contains(secret))
  }
}

private let isPoolerThere = FileManager.default.isExecutableFile(atPath: PgBouncer.binary)
