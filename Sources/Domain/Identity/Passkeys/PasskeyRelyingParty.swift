/// Our own name in WebAuthn: the site that passkeys are made for.
public struct PasskeyRelyingParty: Sendable, Equatable {
  /// The host of our address. A passkey works for this host alone.
  public let id: String
  /// The origin of our pages, as browsers spell it.
  public let origin: String

  /// - Parameter publicURL: an http or https address.
  public init(publicURL: String) {
    let isSecure = publicURL.hasPrefix("https://")
    let authority = publicURL.dropFirst(isSecure ? 8 : 7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
    // An IPv6 address has colons of its own.
    let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
    let colon = authority[bracket...].lastIndex(of: ":") ?? authority.endIndex
    let port = authority[colon...].dropFirst()
    id = String(authority[..<colon])
    let isUsual = port.isEmpty || port == (isSecure ? "443" : "80")
    origin = (isSecure ? "https://" : "http://") + id + (isUsual ? "" : ":\(port)")
  }
}
