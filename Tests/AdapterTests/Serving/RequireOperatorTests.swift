import Application
import Domain
import Foundation
import HTTPServing
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite("Routes for operators only")
struct RequireOperatorTests {
  private struct StoppedClock: WallClock {
    let time: Date
    func now() -> Date { time }
  }

  /// Signs in every request with these claims.
  private struct SignedIn: RouterMiddleware {
    let claims: AccessTokenClaims?

    func handle(
      _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
    ) async throws -> Response {
      var context = context
      context.principal = claims
      return try await next(request, context)
    }
  }

  private static let now = Date(timeIntervalSince1970: 1_795_500_000)

  private func status(
    scope: Set<String>?, role: OperatorRole? = .admin, least: OperatorRole = .admin, signedInSecondsAgo age: Double = 0
  ) async throws -> (Int, String) {
    let claims = scope.map {
      AccessTokenClaims(
        userID: UserID(UUID()), deviceID: DeviceID(UUID()), scope: $0, role: role, issuedAt: Self.now,
        authenticatedAt: Self.now - age, expiresAt: Self.now + 60)
    }
    let router = Serving.router()
    router.group().add(middleware: SignedIn(claims: claims))
      .add(middleware: RequireOperator(least, fresh: RequireOperator.recently, clock: StoppedClock(time: Self.now)))
      .get("/things") { _, _ in "yes" }
    let application = Serving.application(
      router, host: "127.0.0.1", port: 0, name: "test", publicURL: "http://localhost", logger: Logger(label: "tests"))
    return try await application.test(.router) { client in
      let response = try await client.execute(uri: "/things", method: .get)
      #expect((response.status == .unauthorized) == (response.headers[.wwwAuthenticate] != nil))
      return (response.status.code, String(buffer: response.body))
    }
  }

  @Test("an operator who has just signed in is allowed for fifteen minutes", arguments: [0.0, 899, 900])
  func passes(age: Double) async throws {
    #expect(try await status(scope: ["operator"], signedInSecondsAgo: age).0 == 200)
  }

  @Test("an operator with an older sign-in must sign in again")
  func stale() async throws {
    let (status, body) = try await status(scope: ["operator"], signedInSecondsAgo: 901)
    #expect(status == 401 && body.contains("\"code\":\"reauthentication_required\""))
  }

  @Test(
    "a user who is no operator is refused",
    arguments: [[], ["operators"], ["Operator"], ["user", "admin"]] as [Set<String>])
  func refused(scope: Set<String>) async throws {
    let (status, body) = try await status(scope: scope)
    #expect(status == 403 && body.contains("\"code\":\"forbidden\""))
  }

  @Test("an operator needs the route's role or one that may do more", arguments: OperatorRole.allCases)
  func roles(least: OperatorRole) async throws {
    for role in OperatorRole.allCases {
      let (status, body) = try await status(scope: ["operator"], role: role, least: least)
      #expect(status == (role >= least ? 200 : 403), "\(role) for \(least)")
      #expect(body.contains("role_required") == (role < least))
    }
    #expect(try await status(scope: ["operator"], role: nil, least: least).0 == 403)
    #expect(try await status(scope: [], role: .admin, least: least).0 == 403)
  }

  @Test("a request without a user is 401")
  func nobody() async throws {
    #expect(try await status(scope: nil).0 == 401)
  }
}
