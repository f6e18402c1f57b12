import Domain
import Testing

@Suite("Phrases of a crisis")
struct CrisisPhrasesTests {
  private func found(_ text: String, by role: Transcript.Role = .user) -> Bool {
    CrisisPhrases.areIn(
      Transcript(lines: [
        Transcript.Line(role: .agent, text: "How are you?"), Transcript.Line(role: role, text: text),
      ]))
  }

  @Test(
    "somebody who says that life is in danger is heard",
    arguments: [
      "I want to kill myself.", "Sometimes I think about SUICIDE", "i'm suicidal", "I don't want to live any more",
      "I don’t want to live", "dont want to live", "I WANT TO DIE!", "they'd be better off without me",
      "I have been cutting myself", "self-harm", "I took an overdose", "मैं मरना चाहता हूँ", "आत्महत्या के विचार",
      "main marna chahti hoon", "kill  \n myself", "kill\u{200B} myself",
    ])
  func heard(text: String) { #expect(found(text)) }

  @Test(
    "other words are no sign",
    arguments: [
      "My back is killing me and I sleep badly", "The deadline is killing us", "I want to diet", "My plant died",
      "I cut my finger", "", "How do I live longer?",
    ])
  func calm(text: String) { #expect(!found(text)) }

  @Test("only what the user says counts: the agent may ask about it")
  func agent() { #expect(!found("Do you think of suicide?", by: .agent)) }

  @Test("the plan in a crisis is a whole plan, with the fixed answer above it")
  func plan() throws {
    let plan = try #require(CarePlan.inCrisis)
    #expect(plan.isCrisis && plan.steps.count == 2)
    #expect(CarePlan.crisisHelp.contains("112") && CarePlan.crisisHelp.contains("14416"))
  }
}
