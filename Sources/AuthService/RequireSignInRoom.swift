import Application
import HTTPServing
import Hummingbird

/// Refuses a sign-in that would be refused later anyway, before Redis counts the request and before its body is read:
/// in a flood of one network, most requests end here.
struct RequireSignInRoom: RouterMiddleware {
  typealias Context = HTTPRequestContext

  let signIn: SignIn
  let places: SignInPlaces

  func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    let network = context.clientNetwork(request)
    try places.requireFree(for: network)
    try signIn.requireRoom(for: network)
    return try await next(request, context)
  }
}
