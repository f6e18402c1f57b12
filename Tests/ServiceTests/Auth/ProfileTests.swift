import Foundation
import Testing

@testable import AuthService

@Suite("Changing one's profile")
struct ProfileTests {
  private let stage: AuthStage
  init() throws { stage = try AuthStage() }

  private func patch(_ body: String) async throws -> Answer {
    try await stage.serving.revocations.fill(with: [], whole: true)
    return try await stage.answer(.other(.patch, "/auth/me", stage.serving.token, body: body))
  }

  private func name() async throws -> String? { try await stage.accounts.account(stage.serving.user)?.name }

  @Test("a member that is absent stays as it is", arguments: ["{}", "{\"nmae\":\"Ravi\"}", "{\"Name\":null}"])
  func absent(body: String) async throws {
    #expect(try await patch("{\"name\":\"Asha\"}").status == 200)
    let answer = try await patch(body)
    #expect(answer.status == 200 && answer.body.contains("\"name\":\"Asha\""))
    #expect(try await name() == "Asha")
  }

  @Test(
    "null and a blank text remove the name",
    arguments: ["{\"name\":null}", "{\"name\":\"\"}", "{\"name\":\"   \"}", "{\"name\":\"\\u200b\"}"])
  func removes(body: String) async throws {
    #expect(try await patch("{\"name\":\"Asha\"}").status == 200)
    #expect(try await patch(body).status == 200)
    #expect(try await name() == nil)
  }

  @Test("a name of another type changes nothing", arguments: ["{\"name\":1}", "{\"name\":[]}", "{\"name\":{}}"])
  func type(body: String) async throws {
    #expect(try await patch("{\"name\":\"Asha\"}").status == 200)
    #expect(try await patch(body).status == 400)
    #expect(try await name() == "Asha")
  }

  @Test("a blank name is none, and one that turns the text around it is refused, at the registration too")
  func shown() async throws {
    func register(_ address: String, _ name: String) async throws -> Answer {
      let person = "\"email\":\"\(address)\",\"password\":\"a quiet mountain lake\""
      return try await stage.answer(.post("/auth/register", body: "{\(person),\"name\":\"\(name)\"}"))
    }
    let blank = try await register("blank@example.com", "   ")
    #expect(blank.status == 201 && !blank.body.contains("\"name\""))
    #expect(try await register("turned@example.com", "Asha \\u202eoaR").status == 400)
    #expect(try await register("joined@example.com", "श्री\\u200cमती").status == 201)
    for refused in ["\\u2066Asha", "\\u202e", "\\n", String(repeating: " ", count: 201)] {
      #expect(try await patch("{\"name\":\"\(refused)\"}").status == 400, "\(refused)")
    }
  }

  @Test("a name is measured in code points, however few characters they are")
  func length() async throws {
    let family = "👨‍👩‍👧‍👦"
    #expect(try await patch("{\"name\":\"\(String(repeating: family, count: 28))\"}").status == 200)
    #expect(try await patch("{\"name\":\"\(String(repeating: family, count: 29))\"}").status == 400)
    let person = "\"email\":\"b@example.com\",\"password\":\"correct horse\""
    let body = "{\(person),\"name\":\"\(String(repeating: family, count: 100))\"}"
    #expect(try await stage.answer(.post("/auth/register", body: body)).status == 400)
  }
}
