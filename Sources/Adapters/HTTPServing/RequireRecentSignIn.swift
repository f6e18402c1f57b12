import Application
import Hummingbird

/// Lets only users through who gave a password, a code or a credential a short time ago, at their sign-in or since
/// (POST /auth/reauth). It comes after `RequirePrincipal`, which identifies the caller.
public struct RequireRecentSignIn: RouterMiddleware {
  public typealias Context = HTTPRequestContext

  /// How long ago at most.
  public static let recently = Duration.seconds(15 * 60)

  private let clock: any WallClock

  public init(clock: any WallClock) { self.clock = clock }

  public func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    try Self.demand(of: try context.requirePrincipal(), by: clock)
    return try await next(request, context)
  }

  /// - Throws: 401 for an older proof of identity. A refreshed token keeps the time of the proof.
  public static func demand(
    of principal: AccessTokenClaims, within limit: Duration = RequireRecentSignIn.recently, by clock: any WallClock
  ) throws(Problem) {
    let age = clock.now().timeIntervalSince(principal.authenticatedAt)
    guard age <= Double(limit.components.seconds) else {
      throw Problem.unauthorized("reauthentication_required", "Prove who you are once more: POST /auth/reauth.")
    }
  }
}
