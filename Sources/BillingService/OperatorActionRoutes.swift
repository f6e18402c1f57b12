import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /billing/operator-actions: what operators have done, in every service. Billing alone may read the audit log.
struct OperatorActionRoutes: Sendable {
  let read: ReadOperatorActions
  let authenticator: Authenticator

  func add(to router: Router<HTTPRequestContext>) {
    router.group("/billing/operator-actions").add(middleware: RequirePrincipal(authenticator))
      .add(middleware: RequireOperator(.support))
      .get { request, _ in
        let (actor, user) = (try Self.actor(request), try Self.user(request))
        let page = try PageQuery(request)
        let found = try await read.page(
          by: actor, on: user, before: try page.cursor { Int64($0) }, limit: page.limit)
        return try json(
          Page(
            items: found.items.map(OperatorActionResponse.init),
            nextCursor: found.next.map { PageQuery.cursor("\($0)") }))
      }
  }

  private static func actor(_ request: Request) throws(Problem) -> OperatorName? {
    guard let text = request.uri.queryParameters["operator_id"] else { return nil }
    guard let actor = OperatorName(String(text)) else {
      throw .invalidField("operator_id", "operator_id is the id of a user, or cli: and a name.")
    }
    return actor
  }

  private static func user(_ request: Request) throws(Problem) -> UserID? {
    guard let text = request.uri.queryParameters["user_id"] else { return nil }
    guard let user = UserID(String(text)) else { throw .invalidField("user_id", "user_id is the id of a user.") }
    return user
  }
}

struct OperatorActionResponse: Encodable {
  let id, operatorID, action, subject: String
  let reason, details: String?
  let at: Date

  init(_ noted: NotedOperatorAction) {
    id = "\(noted.number)"
    operatorID = noted.actor
    action = noted.action
    subject = noted.subject
    reason = noted.reason
    details = noted.details
    at = noted.at
  }

  enum CodingKeys: String, CodingKey { case id, operatorID = "operator_id", action, subject, reason, details, at }
}
