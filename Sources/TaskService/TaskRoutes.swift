import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /tasks, a session's care plan, and the joint health of all four services.
struct TaskRoutes: Sendable {
  let read: ReadTasks
  let steer: RetryOrCancelTask
  let act: ActOnTasks
  let readPlan: ReadCarePlan
  let deletePlan: DeleteCarePlan
  let health: AggregateHealth
  let authenticator: Authenticator

  func add(to router: Router<HTTPRequestContext>) {
    router.get("/healthz") { _, _ in try await health.response() }
    let own = router.group().add(middleware: RequirePrincipal(authenticator))
    own.get("/sessions/:id/care-plan") { _, context in try await carePlan(context) }
    own.delete("/sessions/:id/care-plan") { _, context in
      try await deletePlan(try Self.session(context), by: try context.requirePrincipal().userID)
      return Response(status: .noContent)
    }
    own.get("/tasks") { request, context in try await list(request, context) }
    own.get("/tasks/stats") { _, context in
      try json(TaskStatsResponse(try await read.stats(try Self.scope(context))))
    }
    own.get("/tasks/:id") { _, context in
      let (id, scope) = (try Self.task(context), try Self.scope(context))
      let task = try await read(id, scope)
      return try json(TaskResponse(task, failures: scope == .everyone ? try await read.failures(of: id) : nil))
    }
    let operators = own.group().add(middleware: RequireOperator(.admin))
    operators.post("/tasks/:id/retry") { request, context in try await one(.retry, request, context) }
    operators.post("/tasks/:id/cancel") { request, context in try await one(.cancel, request, context) }
    operators.post("/tasks/actions") { request, context in try await many(request, context) }
  }

  private func one(
    _ wish: RetryOrCancelTask.Wish, _ request: Request, _ context: HTTPRequestContext
  ) async throws -> Response {
    let id = try Self.task(context)
    let body = try await request.decodeJSON(ReasonRequest.self)
    let actor = try context.requirePrincipal().userID.description
    return try json(TaskResponse(try await steer(wish, id, reason: body.reason, actor: actor)))
  }

  private func many(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let body = try await request.decodeJSON(Strict<TaskActionRequest>.self).value
    let (action, filter) = (try body.taskAction(), try body.filter.value.taskFilter())
    if body.preview == true {
      return try json(TaskActionPreviewResponse(try await act.preview(action, on: filter)))
    }
    let started = try await act(
      action, on: filter, reason: body.reason ?? "", actor: try context.requirePrincipal().userID.description)
    return try json(TaskActionResponse(started.id, count: started.count), status: .accepted)
  }

  private func list(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let filter = try TaskListQuery.filter(request)
    let scope = try context.namedUser(request).map { TaskOwnerFilter.own($0) } ?? Self.scope(context)
    let page = try PageQuery(request)
    let found = try await read.page(scope, filter, after: try page.cursor { TaskCursor($0) }, limit: page.limit)
    return try json(
      Page(items: found.items.map(TaskResponse.init), nextCursor: found.next.map { PageQuery.cursor($0.text) }))
  }

  private func carePlan(_ context: HTTPRequestContext) async throws -> Response {
    let user = try context.requirePrincipal().userID
    let answer = try CarePlanResponse(try await readPlan(try Self.session(context), by: user))
    guard answer.status == .pending else { return try json(answer) }
    return try json(answer, status: .accepted, headers: [.retryAfter: "2"])
  }

  private static func scope(_ context: HTTPRequestContext) throws -> TaskOwnerFilter {
    let principal = try context.requirePrincipal()
    return principal.isOperator(.support) ? .everyone : .own(principal.userID)
  }

  private static func session(_ context: HTTPRequestContext) throws(ReadCarePlanError) -> SessionID {
    guard let id = context.parameters.get("id").flatMap({ SessionID(String($0)) }) else { throw .sessionNotFound }
    return id
  }

  private static func task(_ context: HTTPRequestContext) throws(TaskError) -> TaskID {
    guard let id = context.parameters.get("id").flatMap({ TaskID(String($0)) }) else { throw .notFound }
    return id
  }
}

struct TaskResponse: Encodable {
  let id, type, state: String
  let attempts: Int
  let errorCode: String?
  let createdAt: Date
  let startedAt, completedAt: Date?
  /// Absent unless an operator asks for one task.
  let failures: [TaskFailureResponse]?

  init(_ task: TaskSummary) { self.init(task, failures: nil) }

  init(_ task: TaskSummary, failures: [TaskFailure]?) {
    id = task.id.description
    type = task.type
    state = task.state.rawValue
    attempts = task.attempts
    errorCode = task.errorCode
    createdAt = task.createdAt
    startedAt = task.startedAt
    completedAt = task.completedAt
    self.failures = failures?.map(TaskFailureResponse.init)
  }

  enum CodingKeys: String, CodingKey {
    case id, type, state, attempts, failures, errorCode = "error_code", createdAt = "created_at", startedAt =
      "started_at"
    case completedAt = "completed_at"
  }
}

struct TaskFailureResponse: Encodable {
  let attempt: Int
  let errorCode: String
  let failedAt: Date
  let durationMs: Int64?
  let worker: String?

  init(_ failure: TaskFailure) {
    attempt = failure.attempt
    errorCode = failure.code
    failedAt = failure.failedAt
    durationMs = failure.duration?.wholeMilliseconds
    worker = failure.worker
  }

  enum CodingKeys: String, CodingKey {
    case attempt, worker, errorCode = "error_code", failedAt = "failed_at", durationMs = "duration_ms"
  }
}
