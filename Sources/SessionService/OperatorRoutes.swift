import Application
import Domain
import HTTPServing
import Hummingbird
import TalkJSON

/// The operators' routes for live talks: /sessions/live, the end of all talks of a user, and the drain. To end one
/// talk, operators use its own route.
struct OperatorRoutes: Sendable {
  let list: ListLiveTalks
  let end: EndTalkByOperator
  let drain: PauseTalkStarts
  let authenticator: Authenticator

  func add(to router: Router<HTTPRequestContext>) {
    let signedIn = router.group("/sessions").add(middleware: RequirePrincipal(authenticator))
    let readers = signedIn.group().add(middleware: RequireOperator(.support))
    readers.get("live") { request, _ in try await live(request) }
    readers.get("drain") { _, _ in try json(DrainResponse(try await drain.standing())) }
    let sessions = signedIn.group().add(middleware: RequireOperator(.admin))
    sessions.post("users/:user_id/end") { request, context in try await endAll(request, context) }
    sessions.post("drain") { request, context in
      let body = try await request.decodeJSON(ReasonRequest.self)
      return try json(DrainResponse(try await drain.stop(reason: body.reason, actor: try context.actor)))
    }
    sessions.delete("drain") { request, context in
      let body = try await request.decodeJSON(ReasonRequest.self)
      try await drain.resume(reason: body.reason, actor: try context.actor)
      return try json(DrainResponse(nil))
    }
  }

  private func live(_ request: Request) async throws -> Response {
    let page = try PageQuery(request)
    let found = try await list(after: try page.cursor { SessionID($0) }, limit: page.limit)
    return try json(
      Page(
        items: found.items.map(ListedLiveTalkResponse.init), nextCursor: found.next.map { PageQuery.cursor($0.text) }))
  }

  private func endAll(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    guard let user = context.parameters.get("user_id").flatMap({ UserID(String($0)) }) else {
      throw TalkAdministrationError.userNotFound
    }
    let body = try await request.decodeJSON(ReasonRequest.self)
    let ended = try await end.all(of: user, reason: body.reason, actor: try context.actor)
    return try json(Page(items: ended.map { OperatorEndedTalkResponse($0.session, $0.ended) }, nextCursor: nil))
  }
}

extension HTTPRequestContext {
  /// The operator's name as it is recorded.
  fileprivate var actor: String { get throws(Problem) { try requirePrincipal().userID.description } }
}
