import Application
import Domain
import HTTPServing
import Hummingbird

/// The end of one's own account.
struct AccountRoutes: Sendable {
  let delete: DeleteAccount
  let recentSecondFactor: RequireRecentSecondFactor
  let authenticator: Authenticator
  let limits: RouteLimits
  let cookie: RefreshCookie

  func add(to router: Router<HTTPRequestContext>) {
    let own = router.group("/auth/me").add(middleware: RequirePrincipal(authenticator))
      .add(middleware: recentSecondFactor)
    // It shares the limit on guesses with the other routes that ask for the password.
    limits.limited(own, "password", 10, per: .seconds(300), of: .user).delete { request, context in
      let principal = try context.requirePrincipal()
      let body = try await request.decodeJSON(DeleteAccountRequest.self)
      // A browser sends an Origin with every DELETE, and no other client has a reason to.
      let proof = try body.proof(fromPage: request.headers[.origin] != nil)
      try await delete(
        principal.userID, on: principal.deviceID, provenBy: proof, forfeitsBalance: body.forfeit ?? false)
      return Response(status: .noContent, headers: [.setCookie: cookie.cleared])
    }
  }
}
