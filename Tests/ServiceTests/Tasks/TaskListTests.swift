import Application
import Domain
import Fakes
import Foundation
import Testing

@testable import TaskService

@Suite("The list of tasks, by its route")
struct TaskListTests {
  private struct Shown: Decodable {
    struct Item: Decodable { let id, type, state: String }
    let items: [Item]
    let next_cursor: String?
  }

  @Test("each condition has its tasks, and a user sees only their own")
  func conditions() async throws {
    let stage = try TaskStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let other = UserID(UUID())
    for (type, user) in [(TaskType.carePlan, stage.serving.user), (.receiptMail, other), (.carePlan, other)] {
      stage.queue.insert(NewTask(type: type, payload: "{}", userID: user, uniqueKey: nil))
    }
    func shown(_ query: String, _ token: String) async throws -> [String] {
      let answer = try await stage.answer(.get("/tasks?\(query)", token))
      #expect(answer.status == 200, "\(query): \(answer.body)")
      return try JSONDecoder().decode(Shown.self, from: Data(answer.body.utf8)).items.map(\.type).sorted()
    }
    let support = stage.serving.operatorToken(.support)
    #expect(try await shown("", support) == ["care_plan", "care_plan", "receipt_mail"])
    #expect(try await shown("type=care_plan", support) == ["care_plan", "care_plan"])
    #expect(try await shown("user_id=\(other)", support) == ["care_plan", "receipt_mail"])
    #expect(try await shown("user_id=\(other)&type=receipt_mail&state=pending", support) == ["receipt_mail"])
    #expect(try await shown("state=failed", support).isEmpty)
    #expect(try await shown("error_code=broken", support).isEmpty)
    // The fake's clock begins in 2027, and the plus of the offset arrives as a space.
    #expect(try await shown("created_after=2027-01-01T00:00:00+05:30", support).count == 3)
    #expect(try await shown("created_before=2027-01-01T00:00:00Z", support).isEmpty)
    #expect(try await shown("user_id=\(stage.serving.user)", stage.serving.token) == ["care_plan"])
    #expect(try await shown("type=care_plan", stage.serving.token) == ["care_plan"])
  }
}
