import Domain

/// The members of a request to generateContent that are used (v1beta).
struct GenerateContentRequest: Encodable {
  struct Part: Encodable { let text: String }
  struct Content: Encodable {
    var role: String?
    let parts: [Part]
  }
  struct Thinking: Encodable {
    /// The most tokens that the model thinks with.
    let thinkingBudget: Int
  }
  struct Configuration: Encodable {
    let responseMimeType = "application/json"
    let responseSchema = ResponseSchema.carePlan
    let temperature = 0.2
    let maxOutputTokens: Int
    let thinkingConfig: Thinking?
  }

  let systemInstruction: Content
  let contents: [Content]
  let generationConfig: Configuration

  /// - Parameter material: what the plan is made from. It stands apart from the instructions, between two marks.
  init(_ task: PlanTask, material: String, mark: String, room: AnswerRoom) {
    systemInstruction = Content(parts: [Part(text: task.instructions(mark: mark))])
    contents = [Content(role: "user", parts: [Part(text: "<\(mark)>\n\(material)\n</\(mark)>")])]
    generationConfig = Configuration(
      maxOutputTokens: room.tokens, thinkingConfig: room.thinking.map { Thinking(thinkingBudget: $0) })
  }
}

/// The room for an answer. What the model thinks counts, too, so that an answer that was cut off gets more room and
/// less thinking.
struct AnswerRoom: Equatable {
  /// The most tokens of the answer with its thoughts.
  let tokens: Int
  /// The most tokens of the thoughts; nil leaves it to the model.
  let thinking: Int?

  /// The rooms of the tries, in order. Every model that thinks accepts these budgets.
  static let all = [
    AnswerRoom(tokens: 8_192, thinking: nil), AnswerRoom(tokens: 16_384, thinking: 1_024),
    AnswerRoom(tokens: 32_768, thinking: 512),
  ]
}
