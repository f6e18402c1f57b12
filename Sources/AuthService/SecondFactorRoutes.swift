import Application
import Domain
import HTTPServing
import Hummingbird

/// /auth/totp: the authenticator app of an account; /auth/second-factor: the second step of a sign-in.
struct SecondFactorRoutes: Sendable {
  let shared: AuthRoutes
  let answerChallenge: AnswerSignInChallenge
  let begin: BeginTOTPEnrolment
  let confirm: ConfirmTOTPEnrolment
  let factors: any TOTPFactorRepository
  let clock: any WallClock

  func add(to router: Router<HTTPRequestContext>) {
    let auth = router.group("/auth")
    shared.limits.limited(auth, "second_factor", 300, per: .seconds(60)).post("second-factor") { request, context in
      let (token, answer) = try await request.decodeJSON(SecondFactorRequest.self).checked()
      return try await shared.answer(request) {
        try await answerChallenge(
          token, answer, userAgent: request.headers[.userAgent], network: context.clientNetwork(request))
      }
    }
    addOwn(
      auth.group("totp").add(middleware: RequirePrincipal(shared.authenticator))
        .add(middleware: RequireRecentSignIn(clock: clock)).add(middleware: shared.operatorSignIn))
  }

  private func addOwn(_ totp: RouterGroup<HTTPRequestContext>) {
    shared.limits.limited(totp, "totp", 20, per: .seconds(60), of: .user).post { _, context in
      try json(TOTPEnrolmentResponse(try await begin(try context.requirePrincipal().userID)))
    }
    shared.limits.limited(totp, "totp", 20, per: .seconds(60), of: .user).post("confirm") { request, context in
      let code = try await request.decodeJSON(OneTimeCodeSubmission.self).code
      let principal = try context.requirePrincipal()
      var response = try json(RecoveryCodesResponse(try await confirm(code, of: principal)))
      await shared.browser.remember(principal, request, in: &response)
      return response
    }
    totp.delete { _, context in
      try await factors.remove(try context.requirePrincipal().userID)
      return Response(status: .noContent)
    }
  }
}
