import Testing

@Suite("Every route of auth")
struct AuthServiceTests {
  private let checks = OperationChecks(operations: AuthOperations.all)

  @Test("answers, and gives each of its errors")
  func answers() async throws { try await checks.run() }

  @Test("stands in the table")
  func routes() throws { try checks.coversRoutes() }

  @Test("stands in docs/errors.md with its errors")
  func documented() throws { try checks.isDocumented(under: "Auth") }

  @Test("together they give every error that auth knows")
  func rows() async throws { try await checks.hearsEveryRow(of: "AuthService/ProblemTable+Auth.swift") }
}
