import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /auth/users: operators find accounts, read their trails, and disable and enable them. Each change is recorded with
/// the operator and the reason, and each reading of a trail with the operator.
struct UserRoutes: Sendable {
  let users: any UserAdministration
  let trail: ReadUserTrail
  let disable: DisableUser
  let authenticator: Authenticator
  let limits: RouteLimits

  func add(to router: Router<HTTPRequestContext>) {
    let signedIn = router.group("/auth/users").add(middleware: RequirePrincipal(authenticator))
    signedIn.group().add(middleware: RequireOperator(.support)).get { request, _ in
      guard let email = request.uri.queryParameters["email"], !email.isEmpty else {
        throw Problem.invalidField("email", code: "required", "Name an address: ?email=.")
      }
      // A plus that was not escaped arrives as a space, which no address has.
      let found = try await users.users(email: String(email).replacing(" ", with: "+"))
      return try json(Page(items: found.map(AdministeredUserResponse.init), nextCursor: nil))
    }
    signedIn.group().add(middleware: RequireOperator(.support)).get(":id") { _, context in
      try json(AdministeredUserResponse(try await users.user(try user(context))))
    }
    // Each page that is read writes a row.
    limits.limited(
      signedIn.group().add(middleware: RequireOperator(.support)), "user_trail", 100, per: .seconds(60), of: .user
    ).get(":id/trail") { request, context in try await readTrail(request, context) }
    let operators = signedIn.group().add(middleware: RequireOperator(.admin))
    operators.post(":id/disable") { request, context in try await set(.disable, request, context) }
    operators.post(":id/enable") { request, context in try await set(.enable, request, context) }
  }

  private func readTrail(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let page = try PageQuery(request)
    let found = try await trail.page(
      of: try user(context), before: try page.cursor { Int64($0) }, limit: page.limit,
      actor: try context.requirePrincipal().userID.description)
    return try json(
      Page(
        items: found.items.map(SecurityEventResponse.init), nextCursor: found.next.map { PageQuery.cursor("\($0)") }))
  }

  /// - Throws: `userNotFound` for a text that is no id.
  private func user(_ context: HTTPRequestContext) throws(UserAdministrationError) -> UserID {
    guard let user = context.parameters.get("id").flatMap({ UserID(String($0)) }) else { throw .userNotFound }
    return user
  }

  private func set(
    _ wish: DisableUser.Wish, _ request: Request, _ context: HTTPRequestContext
  ) async throws -> Response {
    let user = try user(context)
    let body = try await request.decodeJSON(ReasonRequest.self)
    let actor = try context.requirePrincipal().userID.description
    return try json(AdministeredUserResponse(try await disable(wish, user, reason: body.reason, actor: actor)))
  }
}

struct ReasonRequest: Decodable { let reason: String }

struct AdministeredUserResponse: Encodable {
  let id, email: String
  let name: String?
  let emailVerified, disabled: Bool
  let scope: String
  let createdAt: Date
  let lastSignIn, disabledAt: Date?

  init(_ user: AdministeredUser) {
    id = user.id.description
    email = user.email
    name = user.name
    emailVerified = user.emailVerified
    disabled = user.disabledAt != nil
    scope = user.scope.sorted().joined(separator: " ")
    createdAt = user.createdAt
    lastSignIn = user.lastSignIn
    disabledAt = user.disabledAt
  }

  enum CodingKeys: String, CodingKey {
    case id, email, name, disabled, scope, emailVerified = "email_verified", createdAt = "created_at"
    case lastSignIn = "last_sign_in_at", disabledAt = "disabled_at"
  }
}
