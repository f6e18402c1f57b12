/// The form in which a plan is stored and in which a model writes it. A member that a reader does not know is ignored,
/// and one that is missing is empty, so that two releases can read each other's plans.
extension CarePlan: Decodable {
  /// Reads a plain text, too: a plan from a time before plans had a form.
  public init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      guard let plan = CarePlan(text: text) else { throw Self.unusable(decoder) }
      self = plan
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard
      let plan = CarePlan(
        title: try container.decode(String.self, forKey: .title),
        summary: try container.decode(String.self, forKey: .summary),
        concerns: try container.decodeIfPresent([String].self, forKey: .concerns) ?? [],
        goals: try container.decodeIfPresent([String].self, forKey: .goals) ?? [],
        steps: try container.decode([Step].self, forKey: .steps),
        followUp: try container.decodeIfPresent(String.self, forKey: .followUp),
        seekHelpIf: try container.decodeIfPresent([String].self, forKey: .seekHelpIf) ?? [],
        isCrisis: (try? container.decodeIfPresent(Bool.self, forKey: .isCrisis)) == true)
    else { throw Self.unusable(decoder) }
    self = plan
  }

  private static func unusable(_ decoder: any Decoder) -> DecodingError {
    .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "a plan without a summary or a step"))
  }
}

extension CarePlan.Step: Decodable {
  /// A day that does not exist is left out: the step counts without it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      title: try container.decode(String.self, forKey: .title),
      detail: try container.decode(String.self, forKey: .detail),
      due: (try? container.decodeIfPresent(String.self, forKey: .due)).flatMap { CalendarDate($0) })
  }
}
