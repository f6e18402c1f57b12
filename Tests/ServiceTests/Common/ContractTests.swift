import Testing

@Suite("Web/openapi.yaml, the HTTP contract")
struct ContractTests {
  /// What the tables of operations do not have: it is answered beside a service's routes, or by the front door.
  private static let beside: Set = [
    "GET /auth/healthz", "GET /billing/healthz", "GET /sessions/healthz", "GET /tasks/healthz",
    "GET /sessions/{id}/link", "GET /auth/sign-in-cookie", "GET /config.json", "GET /openapi.yaml", "GET /docs",
  ]

  @Test("it has every operation of the four services, and no other")
  func operations() throws {
    let tables =
      AuthOperations.all.map(\.name) + BillingOperations.all.map(\.name) + SessionOperations.all.map(\.name)
      + TaskOperations.all.map(\.name)
    #expect(try ContractDocument().names == Self.beside.union(tables))
  }

  @Test("the operations of auth are as the service has them")
  func auth() async throws { try await OperationChecks(operations: AuthOperations.all).isInContract() }

  @Test("the operations of billing are as the service has them")
  func billing() async throws { try await OperationChecks(operations: BillingOperations.all).isInContract() }

  @Test("the operations of sessions are as the service has them")
  func sessions() async throws { try await OperationChecks(operations: SessionOperations.all).isInContract() }

  @Test("the operations of tasks are as the service has them")
  func tasks() async throws { try await OperationChecks(operations: TaskOperations.all).isInContract() }

  @Test("each operation has an id of its own, and each code of an error is explained")
  func names() throws {
    let document = try ContractDocument()
    let operations = document.names.compactMap { document.operation($0) }
    #expect(Set(operations.compactMap(\.id)).count == operations.count)
    let given = Set(operations.flatMap(\.errors).map { String($0.dropFirst(5).dropLast()) })
    // The first two are given for paths and methods that no operation has.
    #expect(Set(document.codes.keys) == given.union(["method_not_allowed", "proxy_error"]))
  }

  @Test("the words of JSON Schema that responses use are compared")
  func faults() throws {
    let document = try ContractDocument()
    let balance = document.root["components"]?["schemas"]?["Balance"]
    func faults(_ members: [String: JSONValue]) -> [String] {
      let good: [String: JSONValue] = [
        "balance_ms": .number(1), "held_ms": .number(0), "available_ms": .number(1), "owed_ms": .number(0),
        "frozen": .boolean(false),
      ]
      return document.faults(of: .object(good.merging(members) { $1 }), by: balance)
    }
    #expect(faults([:]).isEmpty)
    #expect(faults(["balance_ms": .text("1")]) == ["/balance_ms is string"])
    #expect(faults(["more": .number(1)]) == ["/more: no schema"])
    #expect(document.faults(of: .object([:]), by: balance).count == 5)
  }
}
