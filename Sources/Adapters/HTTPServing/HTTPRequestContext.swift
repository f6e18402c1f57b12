import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The context of one request.
public struct HTTPRequestContext: RequestContext {
  public var coreContext: CoreRequestContextStorage
  /// Caddy's `x-request-id`, or an id made here. It is the `instance` of a problem and the response's `x-request-id`.
  public internal(set) var requestID = ""
  /// The beginning of the types of problems.
  public internal(set) var publicURL = ""
  /// The problems of the service's errors.
  public internal(set) var problems = ProblemTable.edge
  /// The claims of the caller; nil until `Authenticator` has run.
  public var principal: AccessTokenClaims?
  private let peer: SocketAddress?

  public init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    peer = source.channel.remoteAddress
  }

  /// 64 KiB: only a webhook's route accepts more.
  public var maxUploadSize: Int { 64 * 1_024 }

  /// The address of the client. Caddy overwrites a header that came from outside, so that its last element can be
  /// trusted.
  public func clientAddress(_ request: Request) -> String {
    if let name = HTTPField.Name("x-forwarded-for"), let value = request.headers[name],
      let last = value.split(separator: ",").last
    {
      return String(last.drop(while: { $0 == " " }))
    }
    return peer?.ipAddress ?? "unknown"
  }

  /// The network of that address, which may be stored; nil if there is none.
  public func clientNetwork(_ request: Request) -> ClientNetwork? { ClientNetwork(address: clientAddress(request)) }

  /// The subscriber that the client's address belongs to, or the address as it is if it cannot be read.
  public func subscriber(_ request: Request) -> String {
    let address = clientAddress(request)
    return IPAddress(address)?.subscriber ?? address
  }

  /// - Throws: 401 if the route has not authenticated the caller.
  public func requirePrincipal() throws(Problem) -> AccessTokenClaims {
    guard let principal else { throw Problem.unauthorized("missing_token", "This needs a signed-in user.") }
    return principal
  }
}
