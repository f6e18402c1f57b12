import Domain
import Foundation
import Testing

@testable import SessionService

@Suite("The list of talks, by its route")
struct TalkListTests {
  private struct Shown: Decodable {
    struct Item: Decodable { let id: String }
    let items: [Item]
  }

  @Test("an operator sees the talks of the user who is named, and a user only their own")
  func named() async throws {
    let stage = try SessionStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let talk = try await stage.endedTalk()
    let user = stage.serving.user
    func shown(_ query: String, _ token: String) async throws -> [String] {
      let answer = try await stage.answer(.get("/sessions\(query)", token))
      #expect(answer.status == 200, "\(query): \(answer.body)")
      return try JSONDecoder().decode(Shown.self, from: Data(answer.body.utf8)).items.map(\.id)
    }
    let support = stage.serving.token(of: UserID(UUID()), scope: ["operator"], role: .support)
    #expect(try await shown("?user_id=\(user)", support) == [talk])
    #expect(try await shown("", support).isEmpty)
    #expect(try await shown("?user_id=\(UserID(UUID()))", support).isEmpty)
    #expect(try await shown("?user_id=\(user)", stage.serving.token) == [talk])
  }
}
