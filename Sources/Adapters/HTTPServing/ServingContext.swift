import HTTPTypes
import Application
import Hummingbird
import NIOCore

/// What travels with one request.
public struct ServingContext: RequestContext {
  public var coreContext: CoreRequestContextStorage
  /// Caddy's `x-request-id`, or one made here; the `instance` of a problem and the answer's `x-request-id`.
  public internal(set) var requestID = ""
  /// What the types of problems begin with.
  public internal(set) var publicURL = ""
  /// What the service's errors are to a client.
  public internal(set) var problems = ProblemTable.edge
  /// Who asks; nil until `Authenticator` has looked.
  public var principal: AccessTokenClaims?
  private let peer: SocketAddress?

  public init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    peer = source.channel.remoteAddress
  }

  /// 64 KiB: no route but a webhook takes more.
  public var maxUploadSize: Int { 64 * 1_024 }

  /// The address of whoever asks. Caddy overwrites what came from outside, so its last word is to be trusted.
  public func clientAddress(_ request: Request) -> String {
    if let name = HTTPField.Name("x-forwarded-for"), let value = request.headers[name],
      let last = value.split(separator: ",").last
    {
      return String(last.drop(while: { $0 == " " }))
    }
    return peer?.ipAddress ?? "unknown"
  }

  /// - Throws: 401 where the route forgot to ask who is there.
  public func requirePrincipal() throws(Problem) -> AccessTokenClaims {
    guard let principal else { throw Problem.unauthorized("missing_token", "This needs a signed-in user.") }
    return principal
  }
}
