import Testing

@Suite("Every route of tasks")
struct TaskServiceTests {
  private let checks = OperationChecks(operations: TaskOperations.all)

  @Test("every operation has its answer, and gives each of its errors")
  func answers() async throws { try await checks.run() }

  @Test("a talk without a settlement is not said to go on, because it may be over")
  func unsettled() async throws {
    let stage = try TaskStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let (path, token) = ("/sessions/\(try await stage.talk(settled: false))/care-plan", stage.serving.token)
    for call in [Call.get(path, token), Call.other(.delete, path, token)] {
      let answer = try await stage.answer(call)
      #expect(answer.status == 409 && answer.code == "session_live" && answer.headers["retry-after"] == "5")
      #expect(answer.body.contains("goes on, or is not settled yet"))
    }
  }

  @Test("every operation is in the route table")
  func routes() throws { try checks.coversRoutes() }

  @Test("every operation is in docs/errors.md with its errors")
  func documented() throws { try checks.isDocumented(under: "Tasks") }

  @Test("every route of operators is in docs/operators.md with its role, and that role is enough")
  func roles() async throws { try await checks.namesRoles(under: "Tasks") }

  @Test("together the operations give every error that the service knows")
  func rows() async throws { try await checks.hearsEveryRow(of: "TaskService/ProblemTable+Tasks.swift") }
}
