import Testing

@Suite("Every route of billing")
struct BillingServiceTests {
  private let checks = OperationChecks(operations: BillingOperations.all)

  @Test("every operation has its answer, and gives each of its errors")
  func answers() async throws { try await checks.run() }

  @Test("every operation is in the route table")
  func routes() throws { try checks.coversRoutes() }

  @Test("every operation is in docs/errors.md with its errors")
  func documented() throws { try checks.isDocumented(under: "Billing") }

  @Test("every route of operators is in docs/operators.md with its role, and that role is enough")
  func roles() async throws { try await checks.namesRoles(under: "Billing") }

  @Test("together the operations give every error that billing knows")
  func rows() async throws {
    try await checks.hearsEveryRow(
      of: "BillingService/ProblemTable+Billing.swift",
      unheard: ["WalletAdministrationError.invalidReference": "a route makes the reference itself"])
  }
}
