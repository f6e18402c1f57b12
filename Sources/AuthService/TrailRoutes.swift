import Application
import HTTPServing
import Hummingbird

/// /auth/trail: what happened to the security of one's account.
struct TrailRoutes: Sendable {
  let trail: ReadSecurityTrail
  let authenticator: Authenticator

  func add(to router: Router<HTTPRequestContext>) {
    router.group("/auth/trail").add(middleware: RequirePrincipal(authenticator)).get { request, context in
      let page = try PageQuery(request)
      let found = try await trail.page(
        of: try context.requirePrincipal().userID, before: try page.cursor { Int64($0) }, limit: page.limit)
      return try json(
        Page(
          items: found.items.map(SecurityEventResponse.init), nextCursor: found.next.map { PageQuery.cursor("\($0)") }))
    }
  }
}
