import Application
import Domain
import FoundationEssentials
import HTTPTransport

/// What an answer of generateContent comes to. Each outcome has its own way on.
enum GeminiOutcome: Equatable {
  case plan(CarePlan)
  /// The answer was cut off at its largest size.
  case truncated
  /// The model does not exist any more, or not for this key.
  case modelGone
  case failed(CarePlanError)

  init(_ response: HTTPClientResponse) {
    self = response.status == 200 ? Self.answer(response.body) : Self.failure(response)
  }

  /// A metric's name of the outcome.
  var name: String {
    switch self {
    case .plan: "plan"
    case .truncated: "gemini_truncated"
    case .modelGone: "gemini_model_gone"
    case .failed(.away(let code, _)), .failed(.unusable(let code)), .failed(.refused(let code)): code
    }
  }

  // MARK: answers

  private static func answer(_ body: [UInt8]) -> GeminiOutcome {
    guard let answer = try? JSONDecoder().decode(GenerateContentResponse.self, from: Data(body)) else {
      return .failed(.unusable(code: "gemini_malformed"))
    }
    if answer.promptFeedback?.value?.blockReason != nil { return .failed(.refused(code: "gemini_prompt_blocked")) }
    guard let candidate = answer.candidates?.first?.value else { return .failed(.unusable(code: "gemini_empty")) }
    switch candidate.finishReason?.value {
    case "STOP", "FINISH_REASON_UNSPECIFIED", nil: return written(candidate)
    case "MAX_TOKENS": return .truncated
    case "SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII": return .failed(.refused(code: "gemini_answer_blocked"))
    case "RECITATION": return .failed(.unusable(code: "gemini_recitation"))
    case "LANGUAGE": return .failed(.refused(code: "gemini_language"))
    // A reason that is not known says nothing about whether the text is complete.
    default: return .failed(.unusable(code: "gemini_unfinished"))
    }
  }

  private static func written(_ candidate: GenerateContentResponse.Candidate) -> GeminiOutcome {
    let parts = (candidate.content?.value?.parts ?? []).compactMap(\.value)
    let text = parts.filter { $0.thought != true }.compactMap(\.text).joined()
    guard text.contains(where: { !$0.isWhitespace }) else { return .failed(.unusable(code: "gemini_empty")) }
    guard let json = text.firstJSONObject else {
      // Half an object was cut off; a text without one is the model's refusal in its own words.
      return .failed(.unusable(code: text.contains("{") ? "gemini_malformed" : "gemini_declined"))
    }
    guard let plan = try? JSONDecoder().decode(CarePlan.self, from: Data(json.utf8.withoutLoneSurrogates)) else {
      return .failed(.unusable(code: "gemini_no_plan"))
    }
    return .plan(plan)
  }

  // MARK: failures

  /// A day's quota ends at midnight in California. It is not asked about every half minute.
  private static let pauseOfADay = Duration.seconds(3_600)

  private static func failure(_ response: HTTPClientResponse) -> GeminiOutcome {
    let failure = try? JSONDecoder().decode(GenerateContentFailure.self, from: Data(response.body)).error
    let pause = failure?.retryDelay ?? retryAfter(response)
    switch response.status {
    case 404: return .modelGone
    case 413: return .failed(.refused(code: "gemini_too_long"))
    case 400 where failure?.isTooLong == true: return .failed(.refused(code: "gemini_too_long"))
    case 401, 403: return .failed(.away(code: "gemini_key_refused", after: pause))
    case 400 where failure?.isAboutKey == true: return .failed(.away(code: "gemini_key_refused", after: pause))
    case 429 where failure?.isOfADay == true:
      return .failed(.away(code: "gemini_daily_quota", after: max(pause, pauseOfADay)))
    case 429: return .failed(.away(code: "gemini_rate_limited", after: pause))
    case 408, 500...: return .failed(.away(code: "gemini_unavailable", after: pause))
    // The form of our requests does not depend on the talk. So a refusal concerns all of them.
    default: return .failed(.away(code: "gemini_request_refused", after: pause))
    }
  }

  private static func retryAfter(_ response: HTTPClientResponse) -> Duration {
    response.header("retry-after").flatMap { Double($0) }
      .flatMap { Duration(seconds: $0, upTo: .seconds(3_600)) } ?? .zero
  }
}

extension GenerateContentFailure.Failure {
  /// Gemini reports a key that is wrong or expired as an invalid argument.
  var isAboutKey: Bool {
    (details ?? []).contains { $0.value?.reason?.value?.hasPrefix("API_KEY") == true }
      || message?.value?.lowercased().contains("api key") == true
  }
}
