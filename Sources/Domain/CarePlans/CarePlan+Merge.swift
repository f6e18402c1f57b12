extension CarePlan {
  /// One plan of the plans of a talk's parts, in order. Nil for none.
  ///
  /// Each list has the entries of all parts, once each and taken in turn, so that the bound cuts no part off.
  public init?(merging parts: [CarePlan]) {
    guard let first = parts.first else { return nil }
    let share = max(Self.longestSummary / parts.count - 2, 1)
    self.init(
      title: first.title, summary: parts.map { $0.summary.cleanText(upTo: share) }.joined(separator: "\n\n"),
      concerns: Self.inTurn(parts.map(\.concerns)), goals: Self.inTurn(parts.map(\.goals)),
      steps: Self.inTurn(parts.map(\.steps)), followUp: parts.last { $0.followUp != nil }?.followUp,
      seekHelpIf: Self.inTurn(parts.map(\.seekHelpIf)))
  }

  private static func inTurn<Entry: Equatable>(_ lists: [[Entry]]) -> [Entry] {
    var merged: [Entry] = []
    for place in 0..<(lists.map(\.count).max() ?? 0) {
      for list in lists where place < list.count && !merged.contains(list[place]) { merged.append(list[place]) }
    }
    return merged
  }
}
