/// What the user takes away from a talk: a summary, what worries the user and what the user wants to reach, the next
/// steps with their days, when to look at it again, and the signs that call for more help than an agent can give.
public struct CarePlan: Sendable, Equatable, Encodable {
  /// One action.
  public struct Step: Sendable, Equatable, Encodable {
    public let title: String
    public let detail: String
    /// The day by which it is to be done; nil if none was agreed on.
    public let due: CalendarDate?

    enum CodingKeys: String, CodingKey { case title, detail, due }

    public init(title: String, detail: String, due: CalendarDate? = nil) {
      self.title = title
      self.detail = detail
      self.due = due
    }
  }

  public let title: String
  public let summary: String
  public let concerns: [String]
  public let goals: [String]
  /// Empty only in a plan from a time before plans had a form.
  public let steps: [Step]
  /// When and how the user looks at the plan again; nil if nothing was agreed on.
  public let followUp: String?
  public let seekHelpIf: [String]
  /// Whether the user said that life is in danger, so that `crisisHelp` stands above the plan.
  public let isCrisis: Bool

  enum CodingKeys: String, CodingKey {
    case title, summary, concerns, goals, steps, followUp = "follow_up", seekHelpIf = "seek_help_if"
    case isCrisis = "is_crisis"
  }

  /// The longest texts, in UTF-16 units, and the longest lists. A model may write more; the excess is cut off.
  public static let (longestTitle, longestSummary, longestDetail, longestSign, mostEntries) = (
    200, 4_000, 2_000, 500, 20
  )

  /// Makes each title a single line, removes control characters, and cuts texts that are too long. A blank title is
  /// replaced by the beginning of the summary.
  ///
  /// Nil for a plan that is of no use: one without a title, without a summary or without a step.
  public init?(
    title: String, summary: String, concerns: [String] = [], goals: [String] = [], steps: [Step],
    followUp: String? = nil, seekHelpIf: [String], isCrisis: Bool = false
  ) {
    let summary = summary.cleanText(upTo: Self.longestSummary)
    let beginning = summary.singleLine(upTo: 80)
    guard !title.isEmpty, !beginning.isEmpty, !steps.isEmpty else { return nil }
    let title = title.singleLine(upTo: Self.longestTitle)
    self.title = title.isEmpty ? beginning : title
    self.summary = summary
    self.concerns = Self.lines(concerns)
    self.goals = Self.lines(goals)
    self.steps = steps.prefix(Self.mostEntries).map { step in
      Step(
        title: step.title.singleLine(upTo: Self.longestTitle), detail: step.detail.cleanText(upTo: Self.longestDetail),
        due: step.due)
    }
    guard self.steps.allSatisfy({ !$0.title.isEmpty }) else { return nil }
    let followUp = followUp?.singleLine(upTo: Self.longestSign)
    self.followUp = followUp?.isEmpty == true ? nil : followUp
    self.seekHelpIf = Self.lines(seekHelpIf)
    self.isCrisis = isCrisis
  }

  /// A plan that is a text without a form. Nil for a text without words.
  public init?(text: String) {
    summary = text.cleanText(upTo: Self.longestSummary)
    title = summary.singleLine(upTo: 80)
    guard !title.isEmpty else { return nil }
    (concerns, goals, steps, followUp, seekHelpIf, isCrisis) = ([], [], [], nil, [], false)
  }

  private static func lines(_ texts: [String]) -> [String] {
    texts.prefix(mostEntries).map { $0.singleLine(upTo: longestSign) }.filter { !$0.isEmpty }
  }

  /// The plan without the days that cannot be meant: those before the talk, and those after the end of the next year.
  public func dated(after talk: CalendarDate) -> CarePlan {
    let steps = steps.map { step in
      let isMeant = step.due.map { $0 >= talk && $0.year <= talk.year + 1 } ?? false
      return Step(title: step.title, detail: step.detail, due: isMeant ? step.due : nil)
    }
    return CarePlan(self, steps: steps, isCrisis: isCrisis)
  }

  /// The plan with `crisisHelp` above it, or without. A model has no say in this.
  public func withCrisisHelp(_ isCrisis: Bool) -> CarePlan { CarePlan(self, steps: steps, isCrisis: isCrisis) }

  private init(_ plan: CarePlan, steps: [Step], isCrisis: Bool) {
    (title, summary, concerns, goals) = (plan.title, plan.summary, plan.concerns, plan.goals)
    (followUp, seekHelpIf) = (plan.followUp, plan.seekHelpIf)
    self.steps = steps
    self.isCrisis = isCrisis
  }
}
