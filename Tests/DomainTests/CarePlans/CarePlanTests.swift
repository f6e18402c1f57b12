import Domain
import Foundation
import Testing

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

  @Test("each list and each of its entries has bounds, and blank entries are left out")
  func lists() throws {
    let long = Array(repeating: String(repeating: "z", count: 10_000), count: 100)
    let plan = try #require(
      CarePlan(
        title: "Sleep", summary: "You sleep badly.", concerns: [" ", "Work\r\nBcc: x"] + long, goals: long,
        steps: [CarePlan.Step(title: "Walk", detail: "Daily.")], followUp: long[0], seekHelpIf: []))
    #expect(plan.concerns.first == "Work Bcc: x" && plan.concerns.count == CarePlan.mostEntries - 1)
    #expect(plan.goals.count == CarePlan.mostEntries && plan.followUp?.utf16.count == CarePlan.longestSign)
    for text in plan.concerns + plan.goals { #expect(text.utf16.count <= CarePlan.longestSign) }
  }

  @Test("a plan is read as it was stored")
  func stored() throws {
    let due = try #require(CalendarDate("2026-12-05"))
    let plan = try #require(
      CarePlan(
        title: "Sleep", summary: "You sleep badly.", concerns: ["The nights"], goals: ["Seven hours"],
        steps: [CarePlan.Step(title: "Walk", detail: "Daily.", due: due)], followUp: "In a week",
        seekHelpIf: ["It lasts"]))
    #expect(try JSONDecoder().decode(CarePlan.self, from: JSONEncoder().encode(plan)) == plan)
  }

  @Test("a plan of an earlier release is read: one without the later members, and one that is a plain text")
  func older() throws {
    func read(_ text: String) throws -> CarePlan { try JSONDecoder().decode(CarePlan.self, from: Data(text.utf8)) }
    let first = try read(#"{"title":"Sleep","summary":"Badly.","steps":[{"title":"Walk","detail":"Daily."}]}"#)
    #expect(first.steps == [CarePlan.Step(title: "Walk", detail: "Daily.")])
    #expect(first.concerns.isEmpty && first.goals.isEmpty && first.followUp == nil)
    let text = try read(#""Walk daily.\nSleep early.""#)
    #expect(text.title == "Walk daily. Sleep early." && text.summary == "Walk daily.\nSleep early.")
    #expect(throws: DecodingError.self) { try read(#"" ""#) }
  }

  @Test(
    "a step's day is kept if it can be meant: a day that exists, from the talk on to the end of the next year",
    arguments: [
      ("2026-11-29", true), ("2026-11-28", false), ("2027-12-31", true), ("2028-01-01", false), ("2026-02-30", false),
      ("next week", false), ("2026-12-5", false), ("", false),
    ])
  func days(text: String, isKept: Bool) throws {
    let talk = try #require(CalendarDate("2026-11-29"))
    let plan = try JSONDecoder().decode(
      CarePlan.self,
      from: Data(
        #"{"title":"Sleep","summary":"Badly.","steps":[{"title":"Walk","detail":"Daily.","due":"\#(text)"}]}"#.utf8))
    #expect(plan.dated(after: talk).steps.first?.due?.description == (isKept ? text : nil))
  }

  @Test("a plan says that it is no medical advice")
  func notice() { #expect(CarePlan.notice.contains("no medical advice")) }
}

@Suite("Days of the calendar")
struct CalendarDateTests {
  @Test(
    "a day exists or not",
    arguments: [
      ("2024-02-29", true), ("2026-02-29", false), ("2000-02-29", true), ("1900-02-29", false), ("2026-04-31", false),
      ("2026-13-01", false), ("2026-00-10", false), ("2026-01-00", false), ("0001-01-01", true), ("٢٠٢٦-01-01", false),
      ("2026-01-01 ", false),
    ])
  func exists(text: String, exists: Bool) { #expect((CalendarDate(text) != nil) == exists) }

  @Test("days have an order, and are written as they are read")
  func order() throws {
    let days = try ["2025-12-31", "2026-01-01", "2026-01-02", "2026-02-01"].map { try #require(CalendarDate($0)) }
    #expect(days.shuffled().sorted() == days && days[1].description == "2026-01-01")
  }
}
