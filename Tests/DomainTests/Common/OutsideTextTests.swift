import Domain
import Testing

@Suite("Texts from outside")
struct OutsideTextTests {
  @Test(
    "a text becomes one line where one line is needed",
    arguments: [
      ("Plan\r\nBcc: evil@example.com", "Plan Bcc: evil@example.com"), ("  a \t\n b\u{0} ", "a b"),
      ("a\u{2028}b\u{2029}c\u{85}d\u{B}e", "a b c d e"), ("\u{FEFF}नींद  की\u{A0}योजना", "नींद की योजना"), (" \r\n\t ", ""),
      ("नमस्ते", "नमस्ते"), ("a\u{1B}[31mb", "a [31mb"),
    ])
  func lines(given: String, line: String) {
    #expect(given.singleLine(upTo: 255) == line)
  }

  @Test("a text is cut after a whole character, by the recipient's way of counting")
  func cut() {
    let family = "👨‍👩‍👧‍👦"
    #expect(String(repeating: "x", count: 255).singleLine(upTo: 255).count == 255)
    let families = String(repeating: family, count: 40).singleLine(upTo: 255)
    #expect(families.utf16.count <= 255 && families.hasSuffix("\(family)…"))
    let hindi = String(repeating: "नि", count: 200).singleLine(upTo: 255)
    #expect(hindi.utf16.count <= 255 && hindi.dropLast().allSatisfy { $0 == "नि" } && hindi.last == "…")
    #expect("ab".singleLine(upTo: 1) == "…" && "a".singleLine(upTo: 1) == "a")
  }

  @Test("a text keeps its lines where they are allowed, and no character that the database cannot store")
  func text() {
    #expect("I cannot sleep\u{0} at night\r\nor\tday\u{7}".cleanText(upTo: 100) == "I cannot sleep at night\nor\tday")
    #expect(String(repeating: "y", count: 5_000).cleanText(upTo: 4_000).utf16.count == 4_000)
  }
}

@Suite("A care plan written by a model")
struct CarePlanTests {
  private func made(_ title: String, summary: String = "You sleep badly.", steps: Int = 1, signs: [String] = [])
    -> CarePlan?
  {
    CarePlan(
      title: title, summary: summary,
      steps: (0..<steps).map { CarePlan.Step(title: "Step \($0)\r\nX: y", detail: "a\u{0}b\nc") }, seekHelpIf: signs)
  }

  @Test("a plan has titles of one line, texts without control characters, and bounds everywhere")
  func bounds() throws {
    let long = String(repeating: "z", count: 10_000)
    let plan = try #require(made(long, summary: long, steps: 100, signs: Array(repeating: long, count: 100)))
    #expect(plan.title.utf16.count == CarePlan.longestTitle && plan.summary.utf16.count == CarePlan.longestSummary)
    #expect(plan.steps.count == CarePlan.mostEntries && plan.seekHelpIf.count == CarePlan.mostEntries)
    #expect(plan.steps[0] == CarePlan.Step(title: "Step 0 X: y", detail: "ab\nc"))
    #expect(plan.seekHelpIf.allSatisfy { $0.utf16.count == CarePlan.longestSign })
    #expect(made("Plan\r\nBcc: evil@example.com")?.title == "Plan Bcc: evil@example.com")
  }

  @Test("a plan gets its title from its summary if the model's is blank", arguments: ["   ", "\r\n", "\u{0}"])
  func blankTitle(title: String) {
    #expect(made(title)?.title == "You sleep badly.")
  }

  @Test("a plan without a summary or a step is refused")
  func none() {
    #expect(made("Sleep", summary: " \u{0} ") == nil && made("Sleep", steps: 0) == nil)
  }
}
