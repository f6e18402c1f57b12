/// A plan from the user's own words.
enum CannedPlan {
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
