import Application
import Domain
import HTTPServing
import HTTPTypes
import Hummingbird

/// The routes of /auth/email and /auth/password: what is proven by a mailed link or its code, and what asks for one. No
/// GET is among them, since whatever reads a mail may follow its links.
struct AccountMailRoutes: Sendable {
  let verifyEmail: VerifyEmail
  let undoEmailChange: UndoEmailChange
  let resetPassword: ResetPassword
  let changePassword: ChangePassword
  let requestEmailChange: RequestEmailChange
  let links: any MailedAccountLinkRepository
  let recentSecondFactor: RequireRecentSecondFactor
  let authenticator: Authenticator
  let limits: RouteLimits
  let cookie: RefreshCookie
  let browser: KnownBrowser
  let random: any RandomSource

  func add(to router: Router<HTTPRequestContext>) {
    let auth = router.group("/auth")
    addLinks(auth)
    addForgotten(auth)
    addChanges(auth.group().add(middleware: RequirePrincipal(authenticator)))
  }

  private func addLinks(_ auth: RouterGroup<HTTPRequestContext>) {
    limits.limited(auth, "verify", 300, per: .seconds(60)).post("email/verify") { request, _ in
      let secret = try await request.decodeJSON(VerifyEmailRequest.self).checked()
      return try await becomingKnown(request) {
        switch secret {
        case .token(let token): try await verifyEmail(token)
        case .code(let code):
          try await verifyEmail(code: code, of: try await authenticator.principal(of: request).userID)
        }
      }
    }
    limits.limited(auth, "verify", 300, per: .seconds(60)).post("email/undo") { request, _ in
      try await undoEmailChange(try await request.decodeJSON(MailedLinkTokenRequest.self).token)
      return Response(status: .noContent)
    }
  }

  private func addForgotten(_ auth: RouterGroup<HTTPRequestContext>) {
    limits.limited(auth, "forgot", 300, per: .seconds(60)).post("password/forgot") { request, _ in
      // The same answer for each text, so that it tells nothing about an address.
      if let email = EmailAddress(try await request.decodeJSON(ForgotPasswordRequest.self).email) {
        try await links.requestPasswordReset(of: email)
      }
      return Response(status: .accepted)
    }
    limits.limited(auth, "reset", 300, per: .seconds(60)).post("password/reset") { request, _ in
      let body = try await request.decodeJSON(ResetPasswordRequest.self)
      let secret = try body.checked()
      return try await becomingKnown(request) {
        switch secret {
        case .token(let token): try await resetPassword(token, to: body.password)
        case .code(let code):
          try await resetPassword(code: code, of: body.email.flatMap { EmailAddress($0) }, to: body.password)
        }
      }
    }
  }

  /// Whoever reads the account's mail in this browser is known in it as after a sign-in, so that no stranger's wrong
  /// passwords keep the owner out.
  /// - Parameter use: uses the link or the code, after the check of the Origin, and returns whose it is.
  private func becomingKnown(_ request: Request, _ use: () async throws -> UserID) async throws -> Response {
    let isBrowser = try cookie.isWanted(request)
    let user = try await use()
    var response = Response(status: .noContent)
    if isBrowser { await browser.remember(DeviceID(random.uuid()), of: user, request, in: &response) }
    return response
  }

  private func addChanges(_ auth: RouterGroup<HTTPRequestContext>) {
    auth.post("email/resend") { _, context in
      try await links.requestVerification(of: try context.requirePrincipal().userID)
      return Response(status: .accepted)
    }
    // Both ask for the password, so that they share the limit on guesses.
    let changes = auth.group().add(middleware: recentSecondFactor)
    limits.limited(changes, "password", 10, per: .seconds(300), of: .user).post("password/change") { request, context in
      let principal = try context.requirePrincipal()
      let body = try await request.decodeJSON(ChangePasswordRequest.self)
      try await changePassword(
        of: principal.userID, from: body.currentPassword, to: body.password, keeping: principal.deviceID)
      var response = Response(status: .noContent)
      await browser.remember(principal, request, in: &response)
      return response
    }
    limits.limited(changes, "password", 10, per: .seconds(300), of: .user).post("email/change") { request, context in
      let principal = try context.requirePrincipal()
      let (email, password) = try await request.decodeJSON(ChangeEmailRequest.self).checked()
      try await requestEmailChange(
        of: principal.userID, on: principal.deviceID, to: email, password: password)
      return Response(status: .accepted)
    }
  }
}
