import Foundation
import Testing

@testable import AuthService

/// Members that a client invents, so that it may be given what only the service decides.
@Suite("What a client cannot say of itself")
struct MassAssignmentTests {
  private static let invented = """
    "id":"6f2f9a43-9f57-4c1e-a7a3-6f6cf3f4a6f0","user_id":"6f2f9a43-9f57-4c1e-a7a3-6f6cf3f4a6f0","scope":"operator",\
    "role":"admin","operator_role":"admin","email_verified":true,"email_verified_at":"2020-01-01T00:00:00Z",\
    "google_sub":"google-1","google_linked":true,"second_factor":false,"has_password":false,"disabled_at":null,\
    "created_at":"2020-01-01T00:00:00Z","password_hash":"hash of correct horse","balance_ms":600000
    """

  private struct User: Decodable, Equatable {
    let id, scope: String
    let email_verified, google_linked, has_password, second_factor: Bool
  }

  private struct Tokens: Decodable { let user: User }

  @Test("a registration takes nothing but the address, the password and the name")
  func register() async throws {
    let stage = try AuthStage()
    let answer = try await stage.answer(
      .post(
        "/auth/register",
        body: "{\"email\":\"mass@example.com\",\"password\":\"a quiet mountain lake\",\(Self.invented)}"))
    #expect(answer.status == 201)
    let user = try JSONDecoder().decode(Tokens.self, from: Data(answer.body.utf8)).user
    #expect(user.scope == "" && !user.email_verified && !user.google_linked && user.has_password)
    #expect(user.id != "6f2f9a43-9f57-4c1e-a7a3-6f6cf3f4a6f0")
    let login = "{\"email\":\"mass@example.com\",\"password\":\"correct horse\",\(Self.invented)}"
    #expect(try await stage.answer(.post("/auth/login", body: login)).status == 401)
  }

  @Test("a change of the profile takes nothing but the name, and neither does a body with other members")
  func profile() async throws {
    let stage = try AuthStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let before = try await stage.answer(.get("/auth/me", stage.serving.token))
    for more in ["", "\"name\":\"Asha\",", "\"email\":\"other@example.com\","] {
      let call = Call.other(.patch, "/auth/me", stage.serving.token, body: "{\(more)\(Self.invented)}")
      #expect(try await stage.answer(call).status == 200)
    }
    let after = try await stage.answer(.get("/auth/me", stage.serving.token))
    func user(_ answer: Answer) throws -> User { try JSONDecoder().decode(User.self, from: Data(answer.body.utf8)) }
    #expect(try user(before) == user(after))
    #expect(!after.body.contains("other@example.com"))
  }
}
