import Application
import Domain
import HTTPServing
import Hummingbird

/// What operators see of live talks and do to them: /sessions/live, the end of all of a user, and the drain. To end one
/// talk they use its own route.
struct OperatorRoutes: Sendable {
  let list: ListLiveTalks
  let end: EndTalkByOperator
  let drain: DrainTalks
  let authenticator: Authenticator

  func add(to router: Router<ServingContext>) {
    let sessions = router.group("/sessions").add(middleware: RequirePrincipal(authenticator))
      .add(middleware: RequireOperator())
    sessions.get("live") { request, _ in try await live(request) }
    sessions.post("users/:user_id/end") { request, context in try await endAll(request, context) }
    sessions.get("drain") { _, _ in
      try json(
        DrainResponse(
          try await operating { () async throws(OperatorEndError) in
            try await drain.standing()
          }))
    }
    sessions.post("drain") { request, context in
      let body = try await request.decodeJSON(ReasonRequest.self)
      let actor = try context.requirePrincipal().userID.description
      let order = try await operating { () async throws(OperatorEndError) in
        try await drain.stop(reason: body.reason, actor: actor)
      }
      return try json(DrainResponse(order))
    }
    sessions.delete("drain") { request, context in
      let body = try await request.decodeJSON(ReasonRequest.self)
      let actor = try context.requirePrincipal().userID.description
      try await operating { () async throws(OperatorEndError) in
        try await drain.resume(reason: body.reason, actor: actor)
      }
      return try json(DrainResponse(nil))
    }
  }

  private func live(_ request: Request) async throws -> Response {
    let page = try PageQuery(request)
    let after = try page.cursor { SessionID($0) }
    let found: (items: [ListedTalk], next: SessionID?)
    do throws(LiveTalkError) {
      found = try await list(after: after, limit: page.limit)
    } catch {
      throw Problem.unavailable(error.code, "The service cannot answer just now.")
    }
    return try json(
      Page(items: found.items.map(ListedTalkResponse.init), nextCursor: found.next.map { PageQuery.cursor($0.text) }))
  }

  private func endAll(_ request: Request, _ context: ServingContext) async throws -> Response {
    guard let user = context.parameters.get("user_id").flatMap({ UserID(String($0)) }) else {
      throw Problem.notFound("There is no such user.")
    }
    let body = try await request.decodeJSON(ReasonRequest.self)
    let actor = try context.requirePrincipal().userID.description
    let ended = try await operating { () async throws(OperatorEndError) in
      try await end.all(of: user, reason: body.reason, actor: actor)
    }
    return try json(Page(items: ended.map { EndedTalkResponse($0.session, $0.ended) }, nextCursor: nil))
  }
}

@discardableResult
func operating<T>(_ body: () async throws(OperatorEndError) -> T) async throws(Problem) -> T {
  do { return try await body() } catch { throw Problem(error) }
}
