import HTTPTypes
import Hummingbird

/// generateContent: the plan is made from the given transcript.
struct GeminiRoutes: Sendable {
  let apiKey: String
  let tricks = GeminiTricks()

  func add(to api: RouterGroup<SandboxContext>) {
    for version in ["v1", "v1beta"] { add(version, to: api) }
  }

  /// `PUT answer` {kind, times?, model?} decides what the model does with the next requests, and `DELETE answer` clears
  /// it.
  func addControls(to group: RouterGroup<SandboxContext>) {
    group.put("answer") { request, _ in
      let told = try await request.instructions()
      guard let trick = told["kind"]?.string.flatMap(GeminiTrick.init) else {
        throw ControlFailure("kind must be one of \(GeminiTrick.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      await tricks.set(trick, times: told["times"]?.int, model: told["model"]?.string)
      return Response.noContent
    }
    group.delete("answer") { _, _ in
      await tricks.clear()
      return Response.noContent
    }
  }

  private func add(_ version: String, to api: RouterGroup<SandboxContext>) {
    api.post("\(version)/models/:call") { request, context in
      let call = try context.parameters.require("call")
      guard let name = HTTPField.Name("x-goog-api-key"),
        request.headers[name] == apiKey || request.query("key") == apiKey
      else { throw failure(403, "Method doesn't allow unregistered callers. Please use a valid API key.") }
      let parts = call.split(separator: ":")
      guard parts.count == 2, parts[1] == "generateContent", parts[0].hasPrefix("gemini-") else {
        throw failure(404, "models/\(call) is not found for API version \(version)")
      }
      guard let body = try await request.json(), let contents = body["contents"]?.array, !contents.isEmpty else {
        throw failure(400, "contents is not specified")
      }
      let trick = await tricks.take(model: String(parts[0]))
      try refuse(trick, String(call))
      return Response.json(GeminiAnswer(contents, body, model: String(parts[0]), trick: trick).json)
    }
  }

  private func refuse(_ trick: GeminiTrick?, _ call: String) throws {
    switch trick {
    case .rateLimited: throw failure(429, "You exceeded your current quota.", GeminiFailure.quota("PerMinute", "34s"))
    case .dailyQuota: throw failure(429, "You exceeded your current quota.", GeminiFailure.quota("PerDay", "28s"))
    case .retired: throw failure(404, "models/\(call) is no longer available.")
    case .keyExpired:
      throw failure(
        400, "API key expired. Please renew the API key.",
        [["@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"]])
    case .tooLong:
      throw failure(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).")
    default: break
    }
  }

  private func failure(_ code: Int, _ message: String, _ details: [JSON] = []) -> ProviderFailure {
    ProviderFailure(
      status: .init(code: code), body: GeminiFailure.body(code: code, message: message, details: details))
  }
}
