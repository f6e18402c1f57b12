import Application
import Domain
import FoundationEssentials
import HTTPServing
import Hummingbird

/// /auth/google: signing in with Google, and Google as a way to sign in to one's account.
struct GoogleRoutes: Sendable {
  let shared: AuthRoutes
  let redeem: RedeemGoogleCredential
  let signIn: SignInWithGoogle
  let link: LinkGoogle
  let unlink: UnlinkGoogle
  let clock: any WallClock

  func add(to router: Router<HTTPRequestContext>) {
    let google = router.group("/auth/google")
    shared.limits.limited(google, "google_nonce", 300, per: .seconds(60)).get("nonce") { _, _ in
      try json(["nonce": try await redeem.newNonce()])
    }
    shared.limits.limited(google, "google", 300, per: .seconds(60)).post { request, context in
      let body = try await request.decodeJSON(GoogleCredentialRequest.self)
      return try await shared.answer(request) {
        try await signIn(
          credential: body.credential, nonce: body.nonce, fromPage: Self.isFromPage(request),
          userAgent: request.headers[.userAgent], network: context.clientNetwork(request))
      }
    }
    addOwn(
      google.group().add(middleware: RequirePrincipal(shared.authenticator))
        .add(middleware: RequireRecentSignIn(clock: clock)).add(middleware: shared.operatorSignIn))
  }

  private func addOwn(_ google: RouterGroup<HTTPRequestContext>) {
    shared.limits.limited(google, "google_link", 20, per: .seconds(60), of: .user).post("link") { request, context in
      let user = try context.requirePrincipal().userID
      let body = try await request.decodeJSON(GoogleCredentialRequest.self)
      try await link(
        credential: body.credential, nonce: body.nonce, fromPage: Self.isFromPage(request), user: user)
      return Response(status: .noContent)
    }
    google.delete { _, context in
      try await unlink(try context.requirePrincipal().userID)
      return Response(status: .noContent)
    }
  }

  /// A browser sends an Origin with every POST, and no other client has a reason to.
  static func isFromPage(_ request: Request) -> Bool { request.headers[.origin] != nil }
}
