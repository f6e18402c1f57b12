import Application
import Domain
import Foundation
import GeminiAdapter
import Testing

/// What becomes of each answer, and of each failure.
extension GeminiCarePlanWriterTests {
  private static var perDay: [[String: Any]] {
    [
      ["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "28s"],
      [
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [["quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"]],
      ],
    ]
  }

  /// The body of each answer with status 200, and what it comes to.
  static let answerCases: [(String, String, CarePlanError)] = [
    ("no JSON", "not json", .unusable(code: "gemini_malformed")),
    ("a blocked prompt", #"{"promptFeedback":{"blockReason":"JAILBREAK"}}"#, .refused(code: "gemini_prompt_blocked")),
    ("no candidates", #"{"candidates":[]}"#, .unusable(code: "gemini_empty")),
    ("no candidates at all", "{}", .unusable(code: "gemini_empty")),
    ("no parts", GeminiAnswers.candidate([]), .unusable(code: "gemini_empty")),
    ("an empty text", GeminiAnswers.answer(" \n"), .unusable(code: "gemini_empty")),
    (
      "thoughts alone", GeminiAnswers.candidate([["text": GeminiAnswers.text(GeminiAnswers.plan), "thought": true]]),
      .unusable(code: "gemini_empty")
    ),
    ("a refusal in words", GeminiAnswers.answer("I cannot help with that."), .unusable(code: "gemini_declined")),
    ("half a JSON", GeminiAnswers.answer(#"{"title": "Sleep"#), .unusable(code: "gemini_malformed")),
    ("another form", GeminiAnswers.answer(#"{"answer": 42}"#), .unusable(code: "gemini_no_plan")),
    (
      "a step without a title",
      GeminiAnswers.answer(#"{"title":"a","summary":"b","steps":[{"title":" ","detail":""}]}"#),
      .unusable(code: "gemini_no_plan")
    ),
    ("safety", GeminiAnswers.answer("{}", finish: "SAFETY"), .refused(code: "gemini_answer_blocked")),
    (
      "prohibited content", GeminiAnswers.answer("{}", finish: "PROHIBITED_CONTENT"),
      .refused(code: "gemini_answer_blocked")
    ),
    ("personal data", GeminiAnswers.answer("{}", finish: "SPII"), .refused(code: "gemini_answer_blocked")),
    ("a word list", GeminiAnswers.answer("{}", finish: "BLOCKLIST"), .refused(code: "gemini_answer_blocked")),
    ("recitation", GeminiAnswers.answer("{}", finish: "RECITATION"), .unusable(code: "gemini_recitation")),
    ("a language", GeminiAnswers.answer("{}", finish: "LANGUAGE"), .refused(code: "gemini_language")),
    ("other", GeminiAnswers.answer("{}", finish: "OTHER"), .unusable(code: "gemini_unfinished")),
    (
      "a reason that is new, even beside a whole plan",
      GeminiAnswers.answer(GeminiAnswers.text(GeminiAnswers.plan), finish: "TOO_KIND"),
      .unusable(code: "gemini_unfinished")
    ),
  ]

  @Test("each answer without a plan has its outcome", arguments: answerCases)
  func answers(name: String, body: String, error: CarePlanError) async throws {
    let asked = try await ask(body)
    #expect(asked.result == .failure(error), "\(name)")
    #expect(asked.requests.count == 1, "\(name)")
  }

  /// The status and the body of each failure, and what it comes to.
  static let failureCases: [(String, Int, String, CarePlanError)] = [
    (
      "a quota of a minute", 429,
      GeminiAnswers.error(429, "RESOURCE_EXHAUSTED", "quota", [["@type": "RetryInfo", "retryDelay": "34s"]]),
      .away(code: "gemini_rate_limited", after: .seconds(34))
    ),
    (
      "a quota of a day, which says half a minute", 429,
      GeminiAnswers.error(429, "RESOURCE_EXHAUSTED", "quota", perDay),
      .away(code: "gemini_daily_quota", after: .seconds(3_600))
    ),
    ("no body", 429, "", .away(code: "gemini_rate_limited", after: .zero)),
    ("an error", 500, "<html>", .away(code: "gemini_unavailable", after: .zero)),
    ("overload", 503, GeminiAnswers.error(503, "UNAVAILABLE"), .away(code: "gemini_unavailable", after: .zero)),
    ("a deadline", 504, GeminiAnswers.error(504, "DEADLINE_EXCEEDED"), .away(code: "gemini_unavailable", after: .zero)),
    ("no key", 401, GeminiAnswers.error(401, "UNAUTHENTICATED"), .away(code: "gemini_key_refused", after: .zero)),
    (
      "a suspended key", 403, GeminiAnswers.error(403, "PERMISSION_DENIED"),
      .away(code: "gemini_key_refused", after: .zero)
    ),
    (
      "an expired key", 400,
      GeminiAnswers.error(400, "INVALID_ARGUMENT", "API key expired.", [["reason": "API_KEY_INVALID"]]),
      .away(code: "gemini_key_refused", after: .zero)
    ),
    (
      "billing that is off", 400, GeminiAnswers.error(400, "FAILED_PRECONDITION", "enable billing"),
      .away(code: "gemini_request_refused", after: .zero)
    ),
    (
      "a talk that is too long", 400,
      GeminiAnswers.error(
        400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number of tokens allowed"),
      .refused(code: "gemini_too_long")
    ),
    ("a redirect", 302, "", .away(code: "gemini_request_refused", after: .zero)),
  ]

  @Test("each failure has its outcome: only what is about this talk ends its plan", arguments: failureCases)
  func failures(name: String, status: Int, body: String, error: CarePlanError) async throws {
    let asked = try await ask([CannedServer.Answer(status: status, body: body)])
    #expect(asked.result == .failure(error), "\(name)")
    #expect(asked.requests.count == 1, "\(name)")
  }

  @Test("docs/care-plans.md tells what becomes of each outcome")
  func documented() throws {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let page = try String(contentsOf: root.appending(path: "docs/care-plans.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `gemini_") }.joined()
    let told = Set(rows.matches(of: #/`(gemini_[a-z_]+)`/#).map { String($0.1) })
    var seen: Set = ["gemini_unreachable", "gemini_truncated", "gemini_model_gone"]
    let errors = Self.answerCases.map { $0.2 } + Self.failureCases.map { $0.3 }
    for error in errors {
      switch error {
      case .away(let code, _), .unusable(let code), .refused(let code): seen.insert(code)
      }
    }
    #expect(told == seen)
  }

  @Test("a connection that breaks is an outage")
  func unreachable() async throws {
    let plans = GeminiCarePlanWriter(http: http, baseURL: "http://127.0.0.1:1", models: ["gemini-first"], apiKey: "k")
    let request = CarePlanRequest(transcript: talk, talkedOn: try #require(CalendarDate("2026-11-29")))
    await #expect(throws: CarePlanError.away(code: "gemini_unreachable", after: .zero)) {
      try await plans.plan(from: request)
    }
  }

  @Test(
    "a pause that Gemini requests is kept up to an hour, and only if it names one",
    arguments: [
      ("34s", Duration.seconds(34)), ("1.5s", .milliseconds(1_500)), ("0s", .zero), ("-5s", .zero),
      ("nans", .zero), ("infs", .zero), ("-infs", .zero), ("1e300s", .seconds(3_600)), ("-1e300s", .zero),
      ("9223372036854775807s", .seconds(3_600)), ("", .zero), ("s", .zero), ("34", .zero), ("ls", .zero),
    ])
  func pauses(text: String, pause: Duration) async throws {
    let body = #"{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"},{"retryDelay":"\#(text)"}]}}"#
    let asked = try await ask([CannedServer.Answer(status: 429, body: body)])
    #expect(asked.result == .failure(.away(code: "gemini_rate_limited", after: pause)))
    let header = CannedServer.Answer(status: 503, headers: ["Retry-After: 7"], body: "")
    #expect(try await ask([header]).result == .failure(.away(code: "gemini_unavailable", after: .seconds(7))))
  }

  @Test("an answer that was cut off gets more room and less thinking, and is never shown")
  func truncated() async throws {
    let cut = GeminiAnswers.answer(#"{"title": "Sleep"#, finish: "MAX_TOKENS")
    let whole = GeminiAnswers.answer(GeminiAnswers.text(GeminiAnswers.plan), finish: "MAX_TOKENS")
    let second = try await ask(cut, GeminiAnswers.written)
    #expect(try second.result.get().title == "Sleep better" && second.rooms == [[8_192, -1], [16_384, 1_024]])
    let never = try await ask(whole)
    #expect(never.result == .failure(.refused(code: "gemini_truncated")))
    #expect(never.rooms == [[8_192, -1], [16_384, 1_024], [32_768, 512]])
  }

  @Test("a model that is gone is replaced by the second one, and the talk waits if both are")
  func retired() async throws {
    let gone = CannedServer.Answer(status: 404, body: GeminiAnswers.error(404, "NOT_FOUND"))
    let asked = try await ask([gone, CannedServer.Answer(body: GeminiAnswers.written)])
    #expect(try asked.result.get().title == "Sleep better" && asked.models == ["gemini-first", "gemini-second"])
    let both = try await ask([gone])
    #expect(both.result == .failure(.away(code: "gemini_model_gone", after: .zero)) && both.requests.count == 2)
  }
}
