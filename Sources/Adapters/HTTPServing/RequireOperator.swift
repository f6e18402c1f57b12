import Application
import Domain
import Hummingbird

/// Lets only operators through whose role is at least the route's. Each route of operators names its role here, and
/// docs/operators.md lists them. It comes after `RequirePrincipal`, which identifies the caller.
public struct RequireOperator: RouterMiddleware {
  public typealias Context = HTTPRequestContext

  /// An operator's requests that move money need a password or a credential that was given in the last 15 minutes.
  public static let recently = RequireRecentSignIn.recently

  private let role: OperatorRole
  private let sinceSignIn: (limit: Duration, clock: any WallClock)?

  public init(_ role: OperatorRole = .admin) {
    self.role = role
    sinceSignIn = nil
  }

  /// - Parameter fresh: the greatest age of the sign-in itself; a refreshed token keeps the time of its sign-in.
  public init(_ role: OperatorRole = .admin, fresh: Duration, clock: any WallClock) {
    self.role = role
    sinceSignIn = (fresh, clock)
  }

  public func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    let principal = try context.requirePrincipal()
    guard principal.isOperator else {
      throw Problem(.forbidden, code: "forbidden", detail: "This is for operators.")
    }
    guard principal.isOperator(role) else {
      throw Problem(.forbidden, code: "role_required", detail: "This is for operators with the role \(role.rawValue).")
    }
    if let sinceSignIn {
      try RequireRecentSignIn.demand(of: principal, within: sinceSignIn.limit, by: sinceSignIn.clock)
    }
    return try await next(request, context)
  }
}
