import Application
import Domain
import HTTPServing
import Hummingbird

/// /auth/reauth: a signed-in user proves their identity once more, and the device gets an access token that says so.
/// /auth/reauth/options and /auth/reauth/mail begin it, by a passkey and by a mailed code.
struct ReauthenticationRoutes: Sendable {
  let shared: AuthRoutes
  let reauthenticate: Reauthenticate
  let passkey: ProveByPasskey
  let relyingParty: PasskeyRelyingParty
  let links: any MailedAccountLinkRepository

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
    let options = shared.limits.limited(auth, "reauth_options", 20, per: .seconds(60), of: .user)
    options.post("reauth/options") { _, context in
      let offered = try await passkey.offer(to: try context.requirePrincipal().userID)
      return try json(PasskeyRequestOptions(challenge: offered.challenge, relyingParty, passkeys: offered.passkeys))
    }
    auth.post("reauth/mail") { _, context in
      try await links.requestReauthentication(of: try context.requirePrincipal().userID)
      return Response(status: .accepted)
    }
  }
}
