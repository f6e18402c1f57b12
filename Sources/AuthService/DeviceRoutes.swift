import Application
import Domain
import HTTPServing
import Hummingbird

/// Signing out, and the list of one's signed-in devices at /auth/sessions.
struct DeviceRoutes: Sendable {
  let signOut: SignOut
  let devices: ManageDevices
  let authenticator: Authenticator
  let limits: RouteLimits
  let cookie: RefreshCookie
  let browser: KnownBrowser

  func add(to router: Router<HTTPRequestContext>) {
    let auth = router.group("/auth")
    limits.limited(auth, "logout", 300, per: .seconds(60)).post("logout") { request, _ in try await logOut(request) }
    let own = auth.group("sessions").add(middleware: RequirePrincipal(authenticator))
    own.get { request, context in try await list(request, try context.requirePrincipal()) }
    own.delete { request, context in
      let principal = try context.requirePrincipal()
      try await devices.endOthers(of: principal)
      var response = Response(status: .noContent)
      await browser.remember(principal, request, in: &response)
      return response
    }
    own.delete(":id") { _, context in
      guard let id = context.parameters.get("id").flatMap({ DeviceID(String($0)) }) else {
        throw IdentityError.deviceNotFound
      }
      try await devices.end(id, of: try context.requirePrincipal())
      return Response(status: .noContent)
    }
  }

  /// An access token that is still accepted names the device. Otherwise the refresh token does, from the body or the
  /// cookie: a device whose access token has run out can sign out, too.
  private func logOut(_ request: Request) async throws -> Response {
    try cookie.refuseForeignOrigin(request)
    let body = try await request.decodeOptionalJSON(RefreshRequest.self)
    let ended = try await endBearer(request)
    if !ended, let token = try body.refreshToken ?? cookie.read(request) { try await signOut(refreshToken: token) }
    return Response(status: .noContent, headers: [.setCookie: cookie.cleared])
  }

  /// - Returns: false if the request has no access token that is accepted.
  private func endBearer(_ request: Request) async throws -> Bool {
    let claims: AccessTokenClaims
    do {
      // A device that was ended before can be ended again, so that its revocation does not matter here.
      claims = try await authenticator.unrevokedUnchecked(request)
    } catch let problem as Problem where problem.status == .unauthorized {
      return false
    } catch AccessTokenError.invalid, AccessTokenError.expired {
      return false
    }
    return try await signOut(claims)
  }

  private func list(_ request: Request, _ claims: AccessTokenClaims) async throws -> Response {
    let page = try PageQuery(request)
    let found = try await devices.page(
      of: claims.userID, after: try page.cursor { DeviceCursor($0) }, limit: page.limit)
    return try json(
      Page(
        items: found.items.map { DeviceResponse($0, isCurrent: $0.id == claims.deviceID) },
        nextCursor: found.next.map { PageQuery.cursor($0.text) }))
  }
}
