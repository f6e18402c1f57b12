import Application
import HTTPServing
import Hummingbird

/// Asks an account with a second factor for a proof of identity of the last 15 minutes, where the route itself asks for
/// the password: that alone must not change such an account. An operator with a passkey or an app needs a sign-in with
/// it. It comes after `RequirePrincipal`.
struct RequireRecentSecondFactor: RouterMiddleware {
  typealias Context = HTTPRequestContext

  let accounts: any AccountRepository
  let clock: any WallClock

  func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    let principal = try context.requirePrincipal()
    if let account = try await accounts.account(principal.userID) {
      try DemandOperatorSignIn.demand(of: principal, account)
      if account.hasSecondFactor || principal.isOperator { try RequireRecentSignIn.demand(of: principal, by: clock) }
    }
    return try await next(request, context)
  }
}
