import Testing

@Suite("Every route of auth")
struct AuthServiceTests {
  private let checks = OperationChecks(operations: AuthOperations.all)

  @Test("every operation has its answer, and gives each of its errors")
  func answers() async throws { try await checks.run() }

  @Test("every operation is in the route table")
  func routes() throws { try checks.coversRoutes() }

  @Test("every operation is in docs/errors.md with its errors")
  func documented() throws { try checks.isDocumented(under: "Auth") }

  @Test("every route of operators is in docs/operators.md with its role, and that role is enough")
  func roles() async throws { try await checks.namesRoles(under: "Auth") }

  @Test("a password hash that costs more than is ever compared cannot be chosen")
  func hashing() throws {
    _ = try AuthStage(["ARGON2_MEMORY_KIB": "1048576", "ARGON2_PASSES": "4"])
    #expect(throws: (any Error).self) {
      _ = try AuthStage(["ARGON2_MEMORY_KIB": "1048576", "ARGON2_PASSES": "5"])
    }
  }

  @Test("together the operations give every error that auth knows")
  func rows() async throws { try await checks.hearsEveryRow(of: "AuthService/ProblemTable+Auth.swift") }
}
