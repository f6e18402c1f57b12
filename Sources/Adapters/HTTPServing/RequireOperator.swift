import Application
import Hummingbird

/// Lets only operators through. It comes after `RequirePrincipal`, which identifies the caller.
public struct RequireOperator: RouterMiddleware {
  public typealias Context = HTTPRequestContext

  /// An operator's requests that move money need a password or a credential that was given in the last 15 minutes.
  public static let recently = RequireRecentSignIn.recently

  private let sinceSignIn: (limit: Duration, clock: any WallClock)?

  public init() { sinceSignIn = nil }

  /// - Parameter fresh: the greatest age of the sign-in itself; a refreshed token keeps the time of its sign-in.
  public init(fresh: Duration, clock: any WallClock) { sinceSignIn = (fresh, clock) }

  public func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    let principal = try context.requirePrincipal()
    guard principal.isOperator else {
      throw Problem(.forbidden, code: "forbidden", detail: "This is for operators.")
    }
    if let sinceSignIn {
      try RequireRecentSignIn.demand(of: principal, within: sinceSignIn.limit, by: sinceSignIn.clock)
    }
    return try await next(request, context)
  }
}
