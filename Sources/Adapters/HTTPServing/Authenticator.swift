import Application
import Hummingbird

/// Identifies the caller of a request by `Authorization: Bearer`, and in no other way.
public struct Authenticator: Sendable {
  private let tokens: any AccessTokenVerifier
  private let revocations: any RevocationChecker

  public init(tokens: any AccessTokenVerifier, revocations: any RevocationChecker) {
    self.tokens = tokens
    self.revocations = revocations
  }

  /// The claims of the request's token, without a check of its revocation. This is for a route whose own script checks
  /// the revocation.
  public func unrevokedUnchecked(_ request: Request) async throws -> AccessTokenClaims {
    guard let header = request.headers[.authorization] else {
      throw Problem.unauthorized("missing_token", "This needs a signed-in user.")
    }
    guard let token = BearerToken.read(header) else {
      throw Problem.unauthorized("invalid_token", "Send the access token as a bearer token.")
    }
    if let known = tokens.verifiedBefore(token) { return known }
    return try await tokens.verify(token)
  }

  public func principal(of request: Request) async throws -> AccessTokenClaims {
    let claims = try await unrevokedUnchecked(request)
    if try await revocations.isRevoked(claims) { throw AccessTokenError.invalid }
    return claims
  }
}

/// The credentials of an `Authorization` header.
public enum BearerToken {
  private static let scheme = Array("bearer".utf8)

  /// The token after the scheme, whose case has no meaning (RFC 9110, section 11.1), and at least one space. Nil for
  /// another scheme, or if nothing follows.
  public static func read(_ header: String) -> String? {
    let bytes = header.utf8
    let name = bytes.prefix(scheme.count)
    // The bit that distinguishes upper case from lower case.
    guard name.elementsEqual(scheme, by: { $0 | 0x20 == $1 }) else { return nil }
    let rest = bytes.dropFirst(scheme.count)
    let token = rest.drop { $0 == UInt8(ascii: " ") }
    guard rest.count > token.count, !token.isEmpty else { return nil }
    return String(Substring(token))
  }
}

/// Lets only signed-in users through.
public struct RequirePrincipal: RouterMiddleware {
  public typealias Context = HTTPRequestContext
  private let authenticator: Authenticator

  public init(_ authenticator: Authenticator) { self.authenticator = authenticator }

  public func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    let claims = try await authenticator.principal(of: request)
    context.principal = claims
    guard var origin = RequestOrigin.current else { return try await next(request, context) }
    origin.device = claims.deviceID
    return try await RequestOrigin.$current.withValue(origin) { try await next(request, context) }
  }
}
