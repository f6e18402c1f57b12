import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /tasks, a session's care plan, and the health of all four.
struct TaskRoutes: Sendable {
  let tasks: any TaskReader
  let administration: any TaskAdministration
  let readPlan: ReadCarePlan
  let health: JointHealth
  let authenticator: Authenticator

  func add(to router: Router<ServingContext>) {
    router.get("/healthz") { _, _ in try await health.response() }
    let own = router.group().add(middleware: RequirePrincipal(authenticator))
    own.get("/sessions/:id/care-plan") { _, context in try await carePlan(context) }
    own.get("/tasks") { request, context in try await list(request, context) }
    own.get("/tasks/stats") { _, context in
      let counts = try await reading { try await tasks.counts(try Self.scope(context)) }
      return try json(Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) }))
    }
    own.get("/tasks/:id") { _, context in
      let scope = try Self.scope(context)
      guard let id = Self.task(context), let task = try await reading({ try await tasks.task(id, scope) }) else {
        throw Problem.notFound("There is no such task.")
      }
      return try json(TaskResponse(task))
    }
    own.post("/tasks/:id/retry") { _, context in try await steer(context) { try await administration.retry($0) } }
    own.post("/tasks/:id/cancel") { _, context in try await steer(context) { try await administration.cancel($0) } }
  }

  private func list(_ request: Request, _ context: ServingContext) async throws -> Response {
    let scope = try Self.scope(context)
    let page = try PageQuery(request)
    let after = try page.cursor { TaskCursor($0) }
    let found = try await reading { try await tasks.page(scope, after: after, limit: page.limit + 1) }
    let items = found.prefix(page.limit)
    let next = found.count > page.limit ? items.last.map { TaskCursor(createdAt: $0.createdAt, id: $0.id).text } : nil
    return try json(Page(items: items.map(TaskResponse.init), nextCursor: next.map(PageQuery.cursor)))
  }

  private func carePlan(_ context: ServingContext) async throws -> Response {
    let user = try context.requirePrincipal().userID
    guard let id = context.parameters.get("id").flatMap({ SessionID(String($0)) }) else {
      throw Problem.notFound("There is no such talk.")
    }
    let plan: StoredCarePlan?
    do {
      plan = try await readPlan(id, by: user)
    } catch let error as ReadCarePlanError {
      throw error == .sessionLive
        ? Problem(.conflict, error, detail: "The talk is still going on.") : Problem.notFound("There is no such talk.")
    } catch {
      throw Problem.unavailable("tasks_unavailable", "The service cannot answer just now.")
    }
    return try Self.answer(plan)
  }

  private static func answer(_ plan: StoredCarePlan?) throws -> Response {
    switch plan {
    case .ready(let text):
      let plan = try JSONDecoder().decode(CarePlan.self, from: Data(text.utf8))
      return try json(CarePlanResponse(status: "ready", reason: nil, plan: plan))
    case .skipped(let reason): return try json(CarePlanResponse(status: "skipped", reason: reason, plan: nil))
    case .failed(let reason): return try json(CarePlanResponse(status: "failed", reason: reason, plan: nil))
    case nil:
      return try json(
        CarePlanResponse(status: "pending", reason: nil, plan: nil), status: .accepted, headers: [.retryAfter: "2"])
    }
  }

  private func steer(
    _ context: ServingContext, _ body: (TaskID) async throws -> TaskSummary?
  ) async throws -> Response {
    guard try context.requirePrincipal().scope.contains("operator") else {
      throw Problem(.forbidden, code: "operator_only", detail: "This is for operators.")
    }
    guard let id = Self.task(context), try await reading({ try await tasks.task(id, .everyone) }) != nil else {
      throw Problem.notFound("There is no such task.")
    }
    guard let task = try await reading({ try await body(id) }) else {
      throw Problem(.conflict, code: "task_state", detail: "The state of the task forbids it.")
    }
    return try json(TaskResponse(task))
  }

  private func reading<T>(_ body: () async throws -> T) async throws -> T {
    do { return try await body() } catch let error as Problem { throw error } catch {
      throw Problem.unavailable("tasks_unavailable", "The service cannot answer just now.")
    }
  }

  private static func scope(_ context: ServingContext) throws -> TaskScope {
    let principal = try context.requirePrincipal()
    return principal.scope.contains("operator") ? .everyone : .own(principal.userID)
  }

  private static func task(_ context: ServingContext) -> TaskID? {
    context.parameters.get("id").flatMap { TaskID(String($0)) }
  }
}

private struct CarePlanResponse: Encodable {
  let status: String
  let reason: String?
  let plan: CarePlan?
}

private struct TaskResponse: Encodable {
  let id, type, state: String
  let attempts: Int
  let errorCode: String?
  let createdAt: Date
  let startedAt, completedAt: Date?

  init(_ task: TaskSummary) {
    id = task.id.description
    type = task.type
    state = task.state.rawValue
    attempts = task.attempts
    errorCode = task.errorCode
    createdAt = task.createdAt
    startedAt = task.startedAt
    completedAt = task.completedAt
  }

  enum CodingKeys: String, CodingKey {
    case id, type, state, attempts, errorCode = "error_code", createdAt = "created_at", startedAt = "started_at"
    case completedAt = "completed_at"
  }
}
