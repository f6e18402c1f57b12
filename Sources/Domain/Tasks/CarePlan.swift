/// What somebody takes away from a talk: a summary, steps to do, and when to seek more than an agent can give.
public struct CarePlan: Sendable, Equatable, Codable {
  public struct Step: Sendable, Equatable, Codable {
    public let title: String
    public let detail: String
    public init(title: String, detail: String) {
      self.title = title
      self.detail = detail
    }
  }

  public let title: String
  public let summary: String
  public let steps: [Step]
  public let seekHelpIf: [String]

  /// Nil for what nobody could use: no summary or no step.
  public init?(title: String, summary: String, steps: [Step], seekHelpIf: [String]) {
    guard !title.isEmpty, !summary.isEmpty, !steps.isEmpty, steps.allSatisfy({ !$0.title.isEmpty }) else { return nil }
    self.title = title
    self.summary = summary
    self.steps = steps
    self.seekHelpIf = seekHelpIf
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard
      let plan = CarePlan(
        title: try container.decode(String.self, forKey: .title),
        summary: try container.decode(String.self, forKey: .summary),
        steps: try container.decode([Step].self, forKey: .steps),
        seekHelpIf: try container.decodeIfPresent([String].self, forKey: .seekHelpIf) ?? [])
    else {
      throw DecodingError.dataCorruptedError(forKey: .steps, in: container, debugDescription: "a plan without steps")
    }
    self = plan
  }

  enum CodingKeys: String, CodingKey { case title, summary, steps, seekHelpIf = "seek_help_if" }
}
