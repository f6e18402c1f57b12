import Foundation
import HTTPTransport
import Testing

@Suite("The services' metrics", .serialized)
struct ServiceMetricsTests {
  private func metrics(_ service: String, _ suite: Suite) async throws -> String {
    let url = try suite.setting("\(service)_SERVICE_URL") + "/metrics"
    let answer = try await suite.http.send(HTTPClientRequest(method: "GET", url: url), deadline: .seconds(5))
    #expect(answer.status == 200 && answer.header("content-type")?.hasPrefix("text/plain") == true)
    return String(decoding: answer.body, as: UTF8.self)
  }

  /// The sum of a metric's lines that contain this label.
  private func sum(_ text: String, _ name: String, _ label: String = "") -> Double {
    text.split(separator: "\n").filter { $0.hasPrefix(name) && (label.isEmpty || $0.contains(label)) }.reduce(0) {
      $0 + (Double($1.split(separator: " ").last ?? "") ?? 0)
    }
  }

  @Test("each port has its requests by route, live talks, settlements, backlog and dead letters")
  func counted() async throws {
    let suite = try Suite.running()
    let requests = "talktime_http_request_duration_seconds_count"
    let before = try await metrics("SESSION", suite)
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    for seq in 1...3 { _ = try await talk.beat(seq) }
    let during = try await metrics("SESSION", suite)
    let beats = "/heartbeat\",status=\"200\""
    #expect(sum(during, requests, beats) - sum(before, requests, beats) >= 3)
    #expect(sum(during, "talktime_live_sessions") >= 1)
    _ = try await talk.end()
    let settled = "group=\"session.settler\",outcome=\"handled\""
    _ = try await eventually("the settlement is counted") {
      let text = try await metrics("SESSION", suite)
      return sum(text, "talktime_events_total", settled) > sum(before, "talktime_events_total", settled) ? true : nil
    }
    let task = try await metrics("TASK", suite)
    #expect(task.contains("talktime_stream_lag{stream=\"tt:{bus}:events:talk\",group=\"task\"}"))
    #expect(task.contains("talktime_stream_behind_seconds{stream=\"tt:{bus}:events:talk\",group=\"task\"}"))
    for service in ["auth", "billing", "session", "task"] {
      let text = try await metrics(service.uppercased(), suite)
      #expect(text.contains("talktime_outbox_waiting_seconds{source=\"\(service)\"}"))
    }
    #expect(task.contains("talktime_dead_letters{list=\"ended\"}"))
    for service in ["AUTH", "BILLING"] { #expect(sum(try await metrics(service, suite), requests) > 0) }
    for path in ["/metrics", "/sessions/metrics"] { #expect(try await suite.call("GET", path).status == 404) }
  }
}
