/// The address at which conversations are monitored: a WebSocket below the address of the API.
public struct ConversationMonitorAddress: Sendable, Equatable {
  let host: String
  let port: Int
  public let isSecure: Bool
  /// The part of the address before the path of the API.
  let prefix: String

  /// - Parameter url: `wss://` or `ws://`; `https://` and `http://` mean the same.
  public init?(_ url: String) {
    guard
      let match = url.wholeMatch(of: #/(wss?|https?)://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?(/[!-~]*)?/#)
    else { return nil }
    isSecure = match.1 == "wss" || match.1 == "https"
    host = match.2.filter { $0 != "[" && $0 != "]" }
    guard let port = match.3.map({ Int($0) }) ?? (isSecure ? 443 : 80), (1...65_535).contains(port) else { return nil }
    self.port = port
    let path = match.4.map(String.init) ?? ""
    prefix = path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  func path(_ conversation: String) -> String { "\(prefix)/v1/convai/conversations/\(conversation)/monitor" }
}
