/// What the user takes away from a talk: a summary, the next steps, and the signs that call for more help than an agent
/// can give.
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

  /// The longest texts, in UTF-16 units, and the longest lists. A model may write more; the excess is cut off.
  public static let (longestTitle, longestSummary, longestDetail, longestSign, mostEntries) = (
    200, 4_000, 2_000, 500, 20
  )

  /// Makes each title a single line, removes control characters, and cuts texts that are too long. A blank title is
  /// replaced by the beginning of the summary.
  ///
  /// Nil for a plan that is of no use: one without a title, without a summary or without a step.
  public init?(title: String, summary: String, steps: [Step], seekHelpIf: [String]) {
    let summary = summary.cleanText(upTo: Self.longestSummary)
    let beginning = summary.singleLine(upTo: 80)
    guard !title.isEmpty, !beginning.isEmpty, !steps.isEmpty else { return nil }
    let title = title.singleLine(upTo: Self.longestTitle)
    self.title = title.isEmpty ? beginning : title
    self.summary = summary
    self.steps = steps.prefix(Self.mostEntries).map { step in
      Step(
        title: step.title.singleLine(upTo: Self.longestTitle), detail: step.detail.cleanText(upTo: Self.longestDetail))
    }
    guard self.steps.allSatisfy({ !$0.title.isEmpty }) else { return nil }
    self.seekHelpIf = seekHelpIf.prefix(Self.mostEntries).map { $0.singleLine(upTo: Self.longestSign) }
      .filter { !$0.isEmpty }
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
