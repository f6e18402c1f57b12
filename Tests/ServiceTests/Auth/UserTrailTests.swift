import Domain
import Foundation
import Testing

@testable import AuthService

@Suite("Another's trail")
struct UserTrailTests {
  @Test("an operator with the least role reads it in pages, each noted, and nobody else does")
  func reads() async throws {
    let stage = try AuthStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    try await stage.take("ravi@example.com")
    let user = try #require(try await stage.accounts.users(email: "ravi@example.com").first?.id)
    for number in 0..<3 { stage.accounts.appendEvent("event \(number)", of: user) }
    stage.accounts.appendEvent("another's", of: stage.serving.user)
    let path = "/auth/users/\(user)/trail?limit=2"
    #expect(try await stage.answer(.get(path, stage.serving.token)).status == 403)
    #expect(stage.accounts.audited.isEmpty)
    struct Page: Decodable {
      struct Item: Decodable { let kind: String }
      let items: [Item]
      let next_cursor: String?
    }
    let token = stage.serving.operatorToken(.support)
    let first = try await stage.answer(.get(path, token))
    #expect(first.status == 200)
    let page = try JSONDecoder().decode(Page.self, from: Data(first.body.utf8))
    #expect(page.items.map(\.kind) == ["event 2", "event 1"])
    let next = try #require(page.next_cursor)
    let second = try await stage.answer(.get("\(path)&cursor=\(next)", token))
    let rest = try JSONDecoder().decode(Page.self, from: Data(second.body.utf8))
    #expect(rest.items.map(\.kind) == ["event 0"] && rest.next_cursor == nil)
    #expect(stage.accounts.audited == ["user.read_trail", "user.read_trail"])
  }

  @Test("an operator reads 100 pages at once at most, since each writes a row")
  func limited() async throws {
    let stage = try AuthStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let call = Call.get("/auth/users/\(stage.serving.user)/trail", stage.serving.operatorToken(.support))
    for _ in 0..<100 { #expect(try await stage.answer(call).status == 200) }
    #expect(try await stage.answer(call).status == 429)
    #expect(stage.accounts.audited.count == 100)
  }
}
