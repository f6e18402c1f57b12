import Foundation
import Testing

@Suite("The services' metrics", .serialized)
struct ServiceMetricsTests {
  @Test("each port has its requests by route, live talks, settlements, backlog and dead letters")
  func counted() async throws {
    let suite = try Suite.running()
    let requests = "talktime_http_request_duration_seconds_count"
    let before = try await suite.metrics("SESSION")
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    for seq in 1...3 { _ = try await talk.beat(seq) }
    let during = try await suite.metrics("SESSION")
    let beats = "/heartbeat\",status=\"200\""
    #expect(during.sum(requests, beats) - before.sum(requests, beats) >= 3)
    #expect(during.sum("talktime_live_sessions") >= 1)
    _ = try await talk.end()
    let settled = "group=\"session.settler\",outcome=\"handled\""
    _ = try await eventually("the settlement is counted") {
      let after = try await suite.metrics("SESSION")
      return after.sum("talktime_events_total", settled) > before.sum("talktime_events_total", settled) ? true : nil
    }
    let task = try await suite.metrics("TASK").text
    #expect(task.contains("talktime_stream_lag{stream=\"tt:{bus}:events:talk\",group=\"task\"}"))
    #expect(task.contains("talktime_stream_behind_seconds{stream=\"tt:{bus}:events:talk\",group=\"task\"}"))
    for service in ["auth", "billing", "session", "task"] {
      let text = try await suite.metrics(service.uppercased()).text
      #expect(text.contains("talktime_outbox_waiting_seconds{source=\"\(service)\"}"))
    }
    #expect(task.contains("talktime_dead_letters{list=\"ended\"}"))
    for service in ["AUTH", "BILLING"] { #expect(try await suite.metrics(service).sum(requests) > 0) }
    for path in ["/metrics", "/sessions/metrics"] { #expect(try await suite.call("GET", path).status == 404) }
  }

  @Test("a talk is in the figures of its beats, of the stores' connections, and of the providers' calls")
  func figures() async throws {
    let suite = try Suite.running()
    let before = try await suite.metrics("SESSION")
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    for seq in 1...3 { _ = try await talk.beat(seq) }
    _ = try await talk.end()
    let after = try await suite.metrics("SESSION")
    func rise(_ name: String, _ labels: String = "talktime") -> Double {
      after.sum(name, labels) - before.sum(name, labels)
    }
    #expect(rise("talktime_heartbeats_total", "outcome=\"accepted\"") >= 3)
    #expect(rise("talktime_postgres_query_duration_seconds_count") >= 5)
    #expect(after.text.contains("\ntalktime_charged_seconds_total "))
    let billing = try await suite.metrics("BILLING")
    #expect(billing.sum("talktime_provider_calls_total", "provider=\"razorpay\"", "outcome=\"2xx\"") >= 1)
    for service in ["AUTH", "BILLING", "SESSION", "TASK"] {
      let metrics = try await suite.metrics(service)
      #expect(metrics.sum("talktime_postgres_connections") >= 1)
      for name in ["talktime_postgres_waiting ", "talktime_redis_commands "] {
        #expect(metrics.text.contains("\n\(name)"), "\(service) has no \(name)")
      }
    }
    _ = try await eventually("a task is in the queue's figures") {
      try await suite.metrics("TASK").sum("talktime_tasks{") >= 1 ? true : nil
    }
  }

  @Test("promtool objects to nothing in the metrics of any service")
  func checked() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    _ = try await talk.beat(1)
    _ = try await talk.end()
    for service in ["AUTH", "BILLING", "SESSION", "TASK"] {
      let text = try await suite.metrics(service).text
      let check = try await suite.promtool("check", "metrics", input: text)
      #expect(check.status == 0 && check.text.isEmpty, "\(service): \(check.text)")
    }
    let rules = URL(fileURLWithPath: try suite.setting("TALKTIME_DEV")).deletingLastPathComponent()
      .appending(path: "Deploy/prometheus/alerts.yml")
    let check = try await suite.promtool("check", "rules", rules.path)
    #expect(check.status == 0 && check.text.contains("SUCCESS"), "\(check.text)")
    let broken = try await suite.promtool("check", "metrics", input: "# TYPE talks gauge\ntalks 1\n")
    #expect(broken.status != 0 && broken.text.contains("no help text"))
  }
}
