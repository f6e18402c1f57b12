import Domain
import FoundationEssentials
import Testing

@Suite("Tasks and care plans")
struct TaskTypeTests {
  @Test("an operator can retry a task that ended without success, and cancel one that has not ended")
  func steering() {
    #expect(TaskState.allCases.filter(\.canRetry) == [.failed, .cancelled, .parked])
    #expect(TaskState.allCases.filter(\.canCancel) == [.pending, .running, .parked])
  }

  /// Rows that older builds wrote contain these names.
  @Test("types and states keep their names in the table")
  func names() {
    #expect(
      TaskType.allCases.map(\.rawValue) == [
        "care_plan", "care_plan_mail", "verification_mail", "password_reset_mail", "password_changed_mail",
        "email_change_mail", "email_undo_mail", "receipt_mail", "credit_note_mail", "debit_note_mail",
        "payment_return_mail", "google_linked_mail", "new_device_mail", "second_factor_mail",
        "account_erasure", "conversation_erasure",
        "passkey_changed_mail", "low_balance_mail", "reauthentication_mail", "ways_in_removed_mail",
        "task_action", "care_plan_keys", "balance_recovered_mail",
      ])
    #expect(
      TaskState.allCases.map(\.rawValue) == ["pending", "running", "completed", "failed", "cancelled", "parked"])
  }

  @Test("a mail's name in the table says that it is one, and no other's does")
  func mails() {
    for type in TaskType.allCases { #expect(type.isMail == type.rawValue.hasSuffix("_mail"), "\(type)") }
  }

  @Test("an id is a UUID and is printed as Postgres prints it")
  func ids() throws {
    let id = try #require(TaskID("7D444840-9DC0-11D1-B245-5FFDCE74FAD2"))
    #expect(id.description == "7d444840-9dc0-11d1-b245-5ffdce74fad2")
    #expect(TaskID("7d444840") == nil && TaskID("") == nil)
  }

  private let step = CarePlan.Step(title: "Walk", detail: "")

  @Test("a plan without a title, a summary or a step is refused")
  func useless() {
    #expect(CarePlan(title: "", summary: "s", steps: [step], seekHelpIf: []) == nil)
    #expect(CarePlan(title: "t", summary: "", steps: [step], seekHelpIf: []) == nil)
    #expect(CarePlan(title: "t", summary: "s", steps: [], seekHelpIf: []) == nil)
    let untitled = CarePlan.Step(title: "", detail: "d")
    #expect(CarePlan(title: "t", summary: "s", steps: [step, untitled], seekHelpIf: []) == nil)
    #expect(CarePlan(title: "t", summary: "s", steps: [step], seekHelpIf: []) != nil)
  }

  @Test("a plan survives its JSON, and JSON of a useless plan is refused")
  func json() throws {
    let plan = try #require(CarePlan(title: "t", summary: "s", steps: [step], seekHelpIf: ["h"]))
    #expect(try JSONDecoder().decode(CarePlan.self, from: JSONEncoder().encode(plan)) == plan)
    func read(_ text: String) throws -> CarePlan { try JSONDecoder().decode(CarePlan.self, from: Data(text.utf8)) }
    let brief = try read(#"{"title":"t","summary":"s","steps":[{"title":"Walk","detail":""}]}"#)
    #expect(brief.seekHelpIf.isEmpty && brief.steps == [step])
    #expect(throws: DecodingError.self) { try read(#"{"title":"t","summary":"s","steps":[]}"#) }
    #expect(throws: DecodingError.self) { try read(#"{"title":"t","steps":[{"title":"Walk","detail":""}]}"#) }
  }
}
