import HTTPTypes
import Hummingbird

enum GeminiFailure {
  static func body(code: Int, message: String, retryAfter: Int?) -> JSON {
    let status =
      switch code {
      case 400: "INVALID_ARGUMENT"
      case 401: "UNAUTHENTICATED"
      case 403: "PERMISSION_DENIED"
      case 404: "NOT_FOUND"
      case 429: "RESOURCE_EXHAUSTED"
      case 503: "UNAVAILABLE"
      case 504: "DEADLINE_EXCEEDED"
      default: "INTERNAL"
      }
    var error: JSON = ["code": .int(code), "message": .string(message), "status": .string(status)]
    if let retryAfter {
      error = error.merged(with: [
        "details": [["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": .string("\(retryAfter)s")]]
      ])
    }
    return ["error": error]
  }
}

/// generateContent: the plan is made from the given transcript.
struct GeminiRoutes: Sendable {
  let apiKey: String

  func add(to api: RouterGroup<SandboxContext>) {
    for version in ["v1", "v1beta"] { add(version, to: api) }
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
      return Response.json(answer(contents, body, model: String(parts[0])))
    }
  }

  private func answer(_ contents: [JSON], _ body: JSON, model: String) -> JSON {
    let text = contents.flatMap { $0["parts"]?.array ?? [] }.compactMap { $0["text"]?.string }.joined(separator: "\n")
    let isJSON = body["generationConfig"]?["responseMimeType"]?.string == "application/json"
    let said = CannedPlan.lines(text)
    let reply = isJSON ? CannedPlan.plan(said).text : "You said: \(said.joined(separator: " "))"
    return [
      "candidates": [
        ["content": ["role": "model", "parts": [["text": .string(reply)]]], "finishReason": "STOP", "index": 0]
      ],
      "usageMetadata": [
        "promptTokenCount": .int(text.utf8.count / 4), "candidatesTokenCount": .int(reply.utf8.count / 4),
        "totalTokenCount": .int((text.utf8.count + reply.utf8.count) / 4),
      ],
      "modelVersion": .string(model), "responseId": .string(identifier("", length: 22)),
    ]
  }

  private func failure(_ code: Int, _ message: String) -> ProviderFailure {
    ProviderFailure(
      status: .init(code: code), body: GeminiFailure.body(code: code, message: message, retryAfter: nil))
  }
}

/// A plan from the user's own words.
private enum CannedPlan {
  static func lines(_ transcript: String) -> [String] {
    let lines = transcript.split(whereSeparator: \.isNewline).map(String.init)
    let said = lines.filter { $0.hasPrefix("user: ") }.map { String($0.dropFirst(6)) }
    return said.isEmpty ? lines : said
  }

  static func plan(_ said: [String]) -> JSON {
    let subject = said.first.map { String($0.prefix(60)) } ?? "your talk"
    return [
      "title": .string("A plan about \(subject)"),
      "summary": .string("You talked about this: \(said.joined(separator: " ").prefix(400))"),
      "concerns": .array(said.prefix(3).map { .string(String($0.prefix(160))) }),
      "goals": ["To feel better about it."],
      "steps": .array(
        said.prefix(5).map { line in
          [
            "title": .string("One small step: \(line.prefix(60))"),
            "detail": .string("Take ten minutes tomorrow for what you said: \"\(line.prefix(160))\""),
          ]
        }),
      "follow_up": "In a week.",
      "seek_help_if": ["It gets worse over the next days.", "You cannot sleep or work because of it."],
    ]
  }
}
