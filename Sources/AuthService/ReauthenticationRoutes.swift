import Application
import HTTPServing
import Hummingbird

/// /auth/reauth: a signed-in user proves their identity once more, and the device gets an access token that says so.
struct ReauthenticationRoutes: Sendable {
  let shared: AuthRoutes
  let reauthenticate: Reauthenticate

  func add(to router: Router<HTTPRequestContext>) {
    let auth = router.group("/auth").add(middleware: RequirePrincipal(shared.authenticator))
    // It asks for the password, too, and shares the limit on guesses.
    shared.limits.limited(auth, "password", 10, per: .seconds(300), of: .user).post("reauth") { request, context in
      let principal = try context.requirePrincipal()
      let proof = try await request.decodeJSON(ReauthenticationRequest.self).checked()
      let issued = try await reauthenticate(proof, of: principal, fromPage: GoogleRoutes.isFromPage(request))
      return try json(
        TokensResponse(
          user: UserResponse(issued.account), accessToken: issued.accessToken,
          expiresIn: issued.expiresIn.components.seconds, refreshToken: nil))
    }
  }
}
