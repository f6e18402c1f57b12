import Application
import HTTPServing
import Hummingbird

/// /auth/consent: the consent to recording and AI.
struct ConsentRoutes: Sendable {
  let consent: GiveConsent
  let authenticator: Authenticator

  private struct ConsentRequest: Decodable { let version: String }

  func add(to router: Router<HTTPRequestContext>) {
    let own = router.group("/auth").add(middleware: RequirePrincipal(authenticator))
    own.post("consent") { request, context in
      let user = try context.requirePrincipal().userID
      try await consent(try await request.decodeJSON(ConsentRequest.self).version, by: user)
      return Response(status: .noContent)
    }
  }
}
