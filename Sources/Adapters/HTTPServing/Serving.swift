import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Puts a service's routes behind the edge and on a port.
public enum Serving {
  public static func router() -> Router<ServingContext> { Router(context: ServingContext.self) }

  /// - Parameter onReady: called once the port is open.
  public static func application(
    _ router: Router<ServingContext>, host: String, port: Int, name: String, publicURL: String, logger: Logger,
    onReady: @escaping @Sendable (any Channel) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    // Longer than Caddy keeps an upstream connection, so that it is Caddy who closes first.
    let server = HTTPServerBuilder { responder in
      OnEventLoop(inner: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: .seconds(180))))
    }
    return Application(
      responder: EdgeResponder(router.buildResponder(), publicURL: publicURL, routes: router.routes), server: server,
      configuration: .init(address: .hostname(host, port: port), serverName: nil), onServerRunning: onReady,
      logger: logger)
  }
}
