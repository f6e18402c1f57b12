/// The imitated model's answer to a request.
struct GeminiAnswer {
  let json: JSON

  init(_ contents: [JSON], _ body: JSON, model: String, trick: GeminiTrick?) {
    let text = contents.flatMap { $0["parts"]?.array ?? [] }.compactMap { $0["text"]?.string }.joined(separator: "\n")
    let config = body["generationConfig"]
    let said = CannedPlan.lines(text)
    let reply =
      config?["responseMimeType"]?.string == "application/json"
      ? CannedPlan.plan(said).text : "You said: \(said.joined(separator: " "))"
    var usage: [String: JSON] = [
      "promptTokenCount": .int(text.utf8.count / 4), "candidatesTokenCount": .int(reply.utf8.count / 4),
      "totalTokenCount": .int((text.utf8.count + reply.utf8.count) / 4),
    ]
    var answer: [String: JSON] = [
      "modelVersion": .string(model), "responseId": .string(identifier("", length: 22)),
    ]
    if trick == .promptBlocked {
      answer["promptFeedback"] = ["blockReason": "PROHIBITED_CONTENT"]
    } else {
      let finish = Self.finish(trick, config)
      if finish == "MAX_TOKENS" { usage["thoughtsTokenCount"] = .int((config?["maxOutputTokens"]?.int ?? 8_192) - 92) }
      let candidate: JSON = [
        "content": ["role": "model", "parts": .array(Self.parts(reply, trick, isCut: finish == "MAX_TOKENS"))],
        "finishReason": .string(finish), "index": 0,
      ]
      answer["candidates"] = .array(trick == .empty ? [] : [candidate])
    }
    answer["usageMetadata"] = .object(usage)
    json = .object(answer)
  }

  private static func finish(_ trick: GeminiTrick?, _ config: JSON?) -> String {
    switch trick {
    case .safety: return "SAFETY"
    case .recitation: return "RECITATION"
    case .language: return "LANGUAGE"
    case .other: return "OTHER"
    case .unknownFinish: return "TOO_KIND"
    case .truncated: return "MAX_TOKENS"
    case .thinking:
      let isLimited = config?["thinkingConfig"]?.object != nil || (config?["maxOutputTokens"]?.int ?? 0) >= 16_384
      return isLimited ? "STOP" : "MAX_TOKENS"
    default: return "STOP"
    }
  }

  private static func parts(_ reply: String, _ trick: GeminiTrick?, isCut: Bool) -> [JSON] {
    if isCut { return [["text": .string(String(reply.prefix(reply.count / 2)))]] }
    switch trick {
    case .thoughts: return [["text": "What did the user {really} say?", "thought": true], ["text": .string(reply)]]
    case .fenced: return [["text": .string("```json\n\(reply)\n```")]]
    case .prefixed: return [["text": .string("Here is the plan:\n\(reply)")]]
    case .declined: return [["text": "I am sorry, but I cannot help with that."]]
    case .malformed: return [["text": .string(String(reply.dropLast()))]]
    case .otherForm: return [["text": #"{"system_prompt": "You write a short care plan"}"#]]
    default: return [["text": .string(reply)]]
    }
  }
}
