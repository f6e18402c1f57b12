import FoundationEssentials

/// The address of a webhook: plain HTTP only, because the sandbox serves the same machine.
struct WebhookTarget: Sendable {
  let host: String
  let port: Int
  /// Path and query.
  let path: String
  /// From the credentials in the address.
  let authorization: String?

  init?(_ address: String) {
    guard let parts = URLComponents(string: address), parts.scheme == "http", let host = parts.host else { return nil }
    self.host = host
    port = parts.port ?? 80
    path =
      (parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath)
      + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
    authorization = parts.user.map { basicHeader(name: $0, secret: parts.password ?? "") }
  }

  var authority: String { "\(host):\(port)" }
}
