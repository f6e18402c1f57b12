import Testing

@Suite("Every route of billing")
struct BillingServiceTests {
  private let checks = OperationChecks(operations: BillingOperations.all)

  @Test("answers, and gives each of its errors")
  func answers() async throws { try await checks.run() }

  @Test("stands in the table")
  func routes() throws { try checks.coversRoutes() }

  @Test("stands in docs/errors.md with its errors")
  func documented() throws { try checks.isDocumented(under: "Billing") }

  @Test("together they give every error that billing knows")
  func rows() async throws {
    try await checks.hearsEveryRow(
      of: "BillingService/ProblemTable+Billing.swift",
      unheard: ["WalletAdministrationError.invalidReference": "a route makes the reference itself"])
  }
}
