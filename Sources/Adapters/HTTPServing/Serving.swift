import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Puts a service's routes behind the edge and on a port.
public enum Serving {
  /// Every path with GET also answers HEAD.
  public static func router() -> Router<HTTPRequestContext> {
    Router(context: HTTPRequestContext.self, options: .autoGenerateHeadEndpoints)
  }

  /// - Parameters:
  ///   - problems: the problems of the service's errors.
  ///   - pace: the rate at which a body must arrive; a slower one gets 408.
  ///   - fastPath: the requests that are answered before the router.
  ///   - onReady: called once the port is open.
  public static func application(
    _ router: Router<HTTPRequestContext>, host: String, port: Int, name: String, publicURL: String, logger: Logger,
    problems: ProblemTable = .edge, pace: MinimumBodyRate = .standard, fastPath: (any FastPath)? = nil,
    onReady: @escaping @Sendable (any Channel) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    let edge = EdgeResponseWriter(publicURL: publicURL, problems: problems)
    let server = HTTPServerBuilder { responder in
      EventLoopHTTPChannel(inner: HTTP1Channel(responder: responder), edge: edge, fastPath: fastPath, pace: pace)
    }
    return Application(
      responder: EdgeResponder(router.buildResponder(), edge: edge, routes: router.routes), server: server,
      configuration: .init(address: .hostname(host, port: port), serverName: nil), onServerRunning: onReady,
      logger: logger)
  }
}
