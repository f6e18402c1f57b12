import Application
import HTTPServing
import Hummingbird

/// Tells the trail of security events where a request comes from.
struct RecordRequestOrigin: RouterMiddleware {
  typealias Context = HTTPRequestContext

  func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    let origin = RequestOrigin(requestID: context.requestID, network: context.clientNetwork(request))
    return try await RequestOrigin.$current.withValue(origin) { try await next(request, context) }
  }
}
