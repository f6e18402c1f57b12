import Application
import Domain
import Fakes
import Foundation
import Testing

@testable import TaskService

@Suite("The history of a task, by its route")
struct TaskHistoryTests {
  private struct Shown: Decodable {
    struct Failure: Decodable { let attempt: Int, error_code: String, duration_ms: Int?, worker: String? }
    let failures: [Failure]?
  }

  @Test("an operator sees the failed attempts of a task, and its owner does not")
  func failures() async throws {
    let stage = try TaskStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let id = try await stage.task()
    let task = try #require(try await stage.queue.claim(limit: 1, worker: "w", lease: .seconds(30)).first)
    stage.queue.advance(.seconds(3))
    #expect(try await stage.queue.finish(task, worker: "w", as: .failed(code: "broken")))
    let document = try ContractDocument()
    func shown(_ token: String) async throws -> Shown {
      let answer = try await stage.answer(.get("/tasks/\(id)", token))
      #expect(answer.status == 200)
      let body = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body.utf8))
      let faults = document.faults(of: body, by: document.root["components"]?["schemas"]?["Task"])
      #expect(faults.isEmpty)
      return try JSONDecoder().decode(Shown.self, from: Data(answer.body.utf8))
    }
    #expect(try await shown(stage.serving.token).failures == nil)
    let failures = try #require(try await shown(stage.serving.operatorToken).failures)
    #expect(failures.map(\.error_code) == ["broken"] && failures.map(\.attempt) == [1])
    #expect(failures.map(\.duration_ms) == [3_000] && failures.map(\.worker) == ["w"])
  }
}
