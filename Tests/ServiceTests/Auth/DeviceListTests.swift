import Domain
import Foundation
import Testing

@testable import AuthService

@Suite("The list of signed-in devices")
struct DeviceListTests {
  private struct Page: Decodable {
    struct Item: Decodable {
      let id: String
      let current: Bool
      let user_agent: String?
      let network: String?
      let created_at, last_used_at: String
    }
    let items: [Item]
    let next_cursor: String?
  }

  private let stage: AuthStage
  init() throws { stage = try AuthStage() }

  private func signIn(_ agent: String, _ address: String) async throws {
    let call = Call.post("/auth/login", body: AuthStage.login).with("user-agent", agent)
    #expect(try await stage.answer(call.with("x-forwarded-for", "192.0.2.1, \(address)")).status == 200)
    stage.serving.clock.advance(.seconds(60))
  }

  private func list(_ query: String = "") async throws -> Page {
    let answer = try await stage.answer(.get("/auth/sessions\(query)", stage.serving.token))
    #expect(answer.status == 200 && !answer.body.contains("203.0.113.9") && !answer.body.contains("192.0.2"))
    return try JSONDecoder().decode(Page.self, from: Data(answer.body.utf8))
  }

  @Test("each device is shown with its browser and its network, and the caller's own is marked")
  func shows() async throws {
    try await stage.serving.revocations.fill(with: [], whole: true)
    try await signIn("Firefox", "203.0.113.9")
    try await signIn("Chrome", "2001:db8:1:2:3:4:5:6")
    try await signIn("curl", "unknown")
    try await stage.devices.open(
      IdentityDevice.new(stage.serving.device, at: stage.serving.clock.now()), user: stage.serving.user)
    let page = try await list()
    #expect(page.items.map(\.user_agent) == [nil, "curl", "Chrome", "Firefox"])
    #expect(page.items.map(\.network) == [nil, nil, "2001:db8:1:2::/64", "203.0.113.0/24"])
    #expect(page.items.map(\.current) == [true, false, false, false] && page.next_cursor == nil)
    let first = try await list("?limit=3")
    let rest = try await list("?limit=3&cursor=\(try #require(first.next_cursor))")
    #expect((first.items + rest.items).map(\.id) == page.items.map(\.id) && rest.next_cursor == nil)
  }

  @Test("ending the others leaves the caller's own, and ending one is for that one")
  func ends() async throws {
    try await stage.serving.revocations.fill(with: [], whole: true)
    for agent in ["a", "b", "c"] { try await signIn(agent, "203.0.113.9") }
    try await stage.devices.open(
      IdentityDevice.new(stage.serving.device, at: stage.serving.clock.now()), user: stage.serving.user)
    let items = try await list().items
    let path = "/auth/sessions/\(items[1].id)"
    #expect(try await stage.answer(.other(.delete, path, stage.serving.token)).status == 204)
    #expect(try await stage.answer(.other(.delete, path, stage.serving.token)).status == 404)
    #expect(try await list().items.map(\.id) == [items[0].id, items[2].id, items[3].id])
    #expect(try await stage.answer(.other(.delete, "/auth/sessions", stage.serving.token)).status == 204)
    #expect(stage.devices.open == [stage.serving.device])
    #expect(Set(stage.devices.causes.values) == [.signedOutElsewhere])
  }
}
