import Application
import HTTPServing
import Hummingbird

/// Refuses an operator's request that changes ways to sign in, unless the token has the operator's rights, as
/// ``DemandOperatorSignIn`` says. It comes after `RequirePrincipal`.
struct RequireOperatorSignIn: RouterMiddleware {
  typealias Context = HTTPRequestContext

  let demand: DemandOperatorSignIn

  func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    try await demand(try context.requirePrincipal())
    return try await next(request, context)
  }
}
