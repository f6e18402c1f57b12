import Application
import Domain
import FoundationEssentials
import HTTPTransport

/// Writes care plans with Gemini's generateContent and structured output.
public struct GeminiCarePlanWriter: CarePlanWriter {
  private let http: any RequestSender
  private let url: String
  private let apiKey: String

  public init(http: any RequestSender, baseURL: String, model: String, apiKey: String) {
    self.http = http
    url = "\(baseURL)/v1beta/models/\(model):generateContent"
    self.apiKey = apiKey
  }

  public func plan(from transcript: Transcript) async throws(CarePlanError) -> CarePlan {
    let response: HTTPClientResponse
    do {
      let body = try JSONEncoder().encode(GenerateContentRequest(transcript))
      response = try await http.send(
        HTTPClientRequest(
          method: "POST", url: url, headers: [("x-goog-api-key", apiKey), ("Content-Type", "application/json")],
          body: Array(body)),
        deadline: .seconds(60), maximumBytes: 4 << 20)
    } catch {
      throw .later(code: "gemini_unreachable", after: (error as? TransportError)?.retryAfter ?? .zero)
    }
    guard response.status == 200 else { throw Self.failure(response) }
    return try Self.read(response.body)
  }

  static func read(_ body: [UInt8]) throws(CarePlanError) -> CarePlan {
    guard let answer = try? JSONDecoder().decode(GenerateContentResponse.self, from: Data(body)) else {
      throw .later(code: "gemini_malformed", after: .zero)
    }
    if answer.promptFeedback?.blockReason != nil { throw .refused(code: "gemini_blocked") }
    guard let candidate = answer.candidates?.first else { throw .later(code: "gemini_empty", after: .zero) }
    switch candidate.finishReason {
    case "STOP", nil: break
    case "SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "RECITATION": throw .refused(code: "gemini_blocked")
    default: throw .later(code: "gemini_unfinished", after: .zero)
    }
    let text = (candidate.content?.parts ?? []).compactMap(\.value?.text).joined()
    guard let plan = try? JSONDecoder().decode(CarePlan.self, from: Data(text.utf8)) else {
      throw .later(code: "gemini_malformed", after: .zero)
    }
    return plan
  }

  private static func failure(_ response: HTTPClientResponse) -> CarePlanError {
    let details = try? JSONDecoder().decode(GenerateContentFailure.self, from: Data(response.body)).error
    switch response.status {
    case 400, 401, 403, 404: return .refused(code: "gemini_\(details?.status?.lowercased() ?? "refused")")
    default: return .later(code: "gemini_unavailable", after: details?.retryDelay ?? .zero)
    }
  }
}
