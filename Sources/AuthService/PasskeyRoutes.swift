import Application
import Domain
import HTTPServing
import Hummingbird

/// /auth/passkeys: a user's own passkeys. /auth/passkey: signing in with one.
struct PasskeyRoutes: Sendable {
  let shared: AuthRoutes
  let relyingParty: PasskeyRelyingParty
  let offer: OfferPasskey
  let register: AddPasskey
  let remove: RemovePasskey
  let signIn: SignInWithPasskey
  let passkeys: any PasskeyRepository
  let clock: any WallClock

  func add(to router: Router<HTTPRequestContext>) {
    addSignIn(router.group("/auth/passkey"))
    addOwn(router.group("/auth/passkeys").add(middleware: RequirePrincipal(shared.authenticator)))
  }

  private func addSignIn(_ group: RouterGroup<HTTPRequestContext>) {
    shared.limits.limited(group, "passkey_options", 300, per: .seconds(60)).post("options") { _, _ in
      try json(PasskeyRequestOptions(challenge: signIn.challenge(), relyingParty))
    }
    shared.limits.limited(group, "passkey", 300, per: .seconds(60)).post { request, context in
      let body = try await request.decodeJSON(PasskeyCredentialRequest<PasskeyAssertionResponse>.self).checked()
      return try await shared.answer(request) {
        try await signIn(body, userAgent: request.headers[.userAgent], network: context.clientNetwork(request))
      }
    }
  }

  private func addOwn(_ group: RouterGroup<HTTPRequestContext>) {
    let recent = group.group().add(middleware: RequireRecentSignIn(clock: clock))
      .add(middleware: shared.operatorSignIn)
    shared.limits.limited(recent, "passkey_add", 20, per: .seconds(60), of: .user).post("options") { request, context in
      let user = try context.requirePrincipal().userID
      let body = try await request.decodeOptionalJSON(PasskeyOptionsRequest.self)
      let offered = try await offer(to: user, isAutomatic: try body.isAutomatic())
      return try json(PasskeyCreationOptions(offered, relyingParty))
    }
    shared.limits.limited(recent, "passkey_add", 20, per: .seconds(60), of: .user).post { request, context in
      let user = try context.requirePrincipal().userID
      let body = try await request.decodeJSON(PasskeyCredentialRequest<PasskeyAttestationResponse>.self)
      let added = try await register(try body.checked(), name: try body.passkeyName(), user: user)
      return try json(PasskeyResponse(added), status: .created)
    }
    group.get { _, context in
      let user = try context.requirePrincipal().userID
      return try json(PasskeyListResponse(try await passkeys.passkeys(of: user), of: user, relyingParty))
    }
    recent.delete(":id") { _, context in
      let user = try context.requirePrincipal().userID
      guard let id = context.parameters.get("id").flatMap({ PasskeyID(String($0)) }) else {
        throw PasskeyError.notFound
      }
      try await remove(id, of: user)
      return Response(status: .noContent)
    }
  }
}
