import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /tasks/types: the types of tasks with their pauses and limits.
struct TaskTypeRoutes: Sendable {
  let steer: SteerTaskTypes
  let authenticator: Authenticator

  func add(to router: Router<HTTPRequestContext>) {
    let signedIn = router.group().add(middleware: RequirePrincipal(authenticator))
    let readers = signedIn.group().add(middleware: RequireOperator(.support))
    readers.get("/tasks/types") { _, _ in
      try json(Page(items: try await steer.all().map(TaskTypeResponse.init), nextCursor: nil))
    }
    let operators = signedIn.group().add(middleware: RequireOperator(.admin))
    operators.post("/tasks/types/:type/pause") { request, context in
      let body = try await request.decodeJSON(ReasonRequest.self)
      return try await act(.pause, reason: body.reason, context)
    }
    operators.post("/tasks/types/:type/resume") { request, context in
      let body = try await request.decodeJSON(ReasonRequest.self)
      return try await act(.resume, reason: body.reason, context)
    }
    operators.put("/tasks/types/:type/limits") { request, context in
      let body = try await request.decodeJSON(Strict<TaskTypeLimitsRequest>.self).value
      return try await act(.limit(try body.limits()), reason: body.reason, context)
    }
  }

  private func act(_ wish: SteerTaskTypes.Wish, reason: String, _ context: HTTPRequestContext) async throws -> Response
  {
    let actor = try context.requirePrincipal().userID.description
    let type = context.parameters.get("type").map { String($0) } ?? ""
    return try json(TaskTypeResponse(try await steer(wish, type, reason: reason, actor: actor)))
  }
}

/// The body of PUT /tasks/types/{type}/limits. A limit that is missing is none.
struct TaskTypeLimitsRequest: StrictRequestBody {
  typealias Member = CodingKeys

  let mostRunning, mostPerMinute: Int?
  let reason: String

  func limits() throws(Problem) -> TaskTypeLimits {
    guard let limits = TaskTypeLimits(mostRunning: mostRunning, mostPerMinute: mostPerMinute) else {
      let (running, perMinute) = (TaskTypeLimits.mostRunningRange, TaskRate.perMinuteRange)
      throw .invalidField(
        mostRunning.map(running.contains) == false ? "most_running" : "most_per_minute",
        "At most \(running.upperBound) tasks run at once, and \(perMinute.upperBound) begin in a minute; at least one.")
    }
    return limits
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case mostRunning = "most_running", mostPerMinute = "most_per_minute", reason
  }
}

struct TaskTypeResponse: Encodable {
  struct Pause: Encodable {
    let since: Date
    let reason, actor: String
  }

  let type: String
  let pause: Pause?
  let mostRunning, mostPerMinute: Int?
  let pending, running: Int?

  init(_ report: TaskTypeReport) {
    type = report.type.rawValue
    pause = report.pause.map { Pause(since: $0.since, reason: $0.reason, actor: $0.actor) }
    mostRunning = report.limits.mostRunning
    mostPerMinute = report.limits.rate?.perMinute
    pending = report.pending
    running = report.running
  }

  enum CodingKeys: String, CodingKey {
    case type, pause, pending, running, mostRunning = "most_running", mostPerMinute = "most_per_minute"
  }
}
