import Application
import CryptoAdapter
import HTTPServing
import HTTPTransport
import ServiceLifecycle

extension ServiceHost {
  /// Verifies tokens by the keys that auth publishes at its own address.
  public func tokenVerifier(copy: any KeySetCache) -> TokenVerifier {
    let (http, url) = (ownServices("keys", requests: 8), "\(settings.authServiceURL)/auth/.well-known/jwks.json")
    return TokenVerifier(issuer: settings.publicURL, clock: SystemClock(), copy: copy) {
      let response = try? await http.send(OutboundRequest(method: "GET", url: url), deadline: .seconds(2))
      return response?.status == 200 ? response.map { String(decoding: $0.body, as: UTF8.self) } : nil
    }
  }
}

/// Looks for new keys now and then, so that a key that is no longer published stops working within minutes; at the start
/// until there are any.
struct KeyRefresh: Service {
  private let verifier: TokenVerifier

  init(_ verifier: TokenVerifier) { self.verifier = verifier }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await verifier.refresh()
        try? await Task.sleep(for: verifier.hasKeys ? .seconds(60) : .milliseconds(250))
      }
    }
  }
}
