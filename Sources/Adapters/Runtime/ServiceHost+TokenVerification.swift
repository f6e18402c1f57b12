import Application
import CryptoAdapter
import HTTPServing
import HTTPTransport
import RedisAdapter

extension ServiceHost {
  /// Verifies tokens by the keys that the auth service publishes at its own address.
  public func tokenVerifier() -> TokenVerifier {
    let (http, url) = (ownServices("keys", requests: 8), "\(settings.authServiceURL)/auth/.well-known/jwks.json")
    let copy = RedisKeySetCache(redis: redis)
    return TokenVerifier(issuer: settings.publicURL, clock: SystemClock(), copy: copy) {
      let response = try? await http.send(HTTPClientRequest(method: "GET", url: url), deadline: .seconds(2))
      return response?.status == 200 ? response.map { String(decoding: $0.body, as: UTF8.self) } : nil
    }
  }
}

extension ServiceHost {
  /// Fetches the keys regularly, so that a key that is no longer published stops working within minutes. At the start
  /// it repeats until there are keys.
  func keyRefresh(_ verifier: TokenVerifier) -> Worker {
    Worker("key refresh", every: .seconds(60), logger: logger) {
      await verifier.refresh()
      return verifier.hasKeys ? .later : .after(.milliseconds(250))
    }
  }
}
