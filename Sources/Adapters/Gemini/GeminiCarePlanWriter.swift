import Application
import Domain
import FoundationEssentials
import HTTPTransport
import Metrics

/// Writes care plans with Gemini's generateContent and structured output. A long transcript is read in parts, and their
/// plans become one.
public struct GeminiCarePlanWriter: CarePlanWriter {
  private let http: any RequestSender
  private let baseURL: String
  private let models: [String]
  private let apiKey: String
  private let prices: ModelPrices
  private let marks: @Sendable () -> String

  /// - Parameters:
  ///   - models: the model, and those that are asked in its place once it does not exist any more
  ///   - prices: of these models, as far as they are known
  ///   - marks: a mark that encloses the material of a request; a new one each time, which nobody can know beforehand
  public init(
    http: any RequestSender, baseURL: String, models: [String], apiKey: String, prices: ModelPrices = .none,
    marks: @escaping @Sendable () -> String = { "material-\(UInt64.random(in: .min ... .max))" }
  ) {
    self.http = http
    self.baseURL = baseURL
    self.models = models
    self.apiKey = apiKey
    self.prices = prices
    self.marks = marks
  }

  /// The longest part in UTF-16 units, about 25,000 tokens, and the most parts: together about twenty hours of talk.
  static let (longestPart, mostParts) = (100_000, 8)
  /// Models write for a minute or more when they think.
  private static let patience = Duration.seconds(120)

  public func plan(
    from request: CarePlanRequest, parts kept: any CarePlanPartStore = UnkeptCarePlanParts()
  ) async throws(CarePlanError) -> CarePlan {
    let parts = request.transcript.parts(upTo: Self.longestPart, most: Self.mostParts)
    var plans: [CarePlan] = []
    for (number, part) in parts.enumerated() {
      let material = part.joined(separator: "\n")
      // The transcript of a conversation that is over does not change.
      let name = "part \(number + 1) of \(parts.count), \(material.utf8.count) bytes"
      if parts.count > 1, let plan = await kept.plan(of: name) {
        plans.append(plan)
        continue
      }
      let plan = try await written(.write(talkedOn: request.talkedOn), material).dated(after: request.talkedOn)
      // The plan of an only part is stored as it is.
      if parts.count > 1 { await kept.keep(plan, of: name) }
      plans.append(plan)
    }
    guard plans.count > 1 else {
      guard let plan = plans.first else { throw .refused(code: "nothing_to_read") }
      return plan
    }
    return try await merged(plans, request)
  }

  /// The plans of the parts were paid for. So they are joined without the model if it does not join them.
  private func merged(_ plans: [CarePlan], _ request: CarePlanRequest) async throws(CarePlanError) -> CarePlan {
    do throws(CarePlanError) {
      let lines = plans.compactMap { try? JSONEncoder().encode($0) }.map { String(decoding: $0, as: UTF8.self) }
      let plan = try await written(.merge(talkedOn: request.talkedOn), lines.joined(separator: "\n"))
      return plan.dated(after: request.talkedOn)
    } catch {
      guard let plan = CarePlan(merging: plans) else { throw error }
      return plan
    }
  }

  /// Asks for a plan, with more room for the answer each time that it was cut off.
  private func written(_ task: PlanTask, _ material: String) async throws(CarePlanError) -> CarePlan {
    for room in AnswerRoom.all {
      let request = GenerateContentRequest(task, material: material, mark: marks(), room: room)
      switch try await outcome(of: request) {
      case .plan(let plan): return plan
      case .truncated: continue
      case .modelGone: throw .away(code: "gemini_model_gone", after: .zero)
      case .failed(let error): throw error
      }
    }
    throw .refused(code: "gemini_truncated")
  }

  /// The outcome with the first model that exists.
  private func outcome(of request: GenerateContentRequest) async throws(CarePlanError) -> GeminiOutcome {
    guard let body = try? JSONEncoder().encode(request) else { throw .refused(code: "nothing_to_read") }
    for model in models {
      let outcome = try await outcome(of: Array(body), model)
      if outcome != .modelGone { return outcome }
    }
    return .modelGone
  }

  private func outcome(of body: [UInt8], _ model: String) async throws(CarePlanError) -> GeminiOutcome {
    do throws(TransportError) {
      let response = try await http.send(
        HTTPClientRequest(
          method: "POST", url: "\(baseURL)/v1beta/models/\(model):generateContent",
          headers: [("x-goog-api-key", apiKey), ("Content-Type", "application/json")], body: body,
          operation: "POST generateContent"),
        deadline: Self.patience, maximumBytes: 4 << 20)
      let outcome = GeminiOutcome(response)
      count(outcome.name, model, tokens: response)
      return outcome
    } catch {
      count("gemini_unreachable", model, tokens: nil)
      throw .away(code: "gemini_unreachable", after: error.retryAfter)
    }
  }

  /// More tokens than any model reads or writes. A larger number is an error of the answer.
  private static let mostTokens: Int64 = 100_000_000

  /// What Gemini charges for: a request by its tokens, also one whose answer is of no use.
  private func count(_ outcome: String, _ model: String, tokens response: HTTPClientResponse?) {
    Counter(label: "talktime_model_requests", dimensions: [("model", model), ("outcome", outcome)]).increment()
    guard let response, response.status == 200,
      let use = try? JSONDecoder().decode(GenerateContentResponse.self, from: Data(response.body)).usageMetadata?.value
    else { return }
    for kind in ModelTokenKind.allCases {
      let count =
        switch kind {
        case .prompt: use.promptTokenCount
        case .thoughts: use.thoughtsTokenCount
        case .answer: use.candidatesTokenCount
        }
      let tokens = min(max(count?.value ?? 0, 0), Self.mostTokens)
      let dimensions = [("kind", kind.rawValue), ("model", model)]
      Counter(label: "talktime_model_tokens", dimensions: dimensions).increment(by: tokens)
      guard let cost = prices.cost(of: tokens, kind, by: model) else { continue }
      Counter(label: "talktime_model_cost_nanorupees", dimensions: dimensions).increment(by: cost.count)
    }
  }
}
