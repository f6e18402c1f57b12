/// The parts of a `redis://` address.
public struct RedisURL: Sendable {
  /// What is wrong with an address; never contains a part of the password.
  public struct Wrong: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
  }

  let tls: Bool
  let username: String?
  let password: String?
  let host: String
  let port: Int
  let database: Int

  /// Parameters of other clients about pooling, waiting and certificates. This client always checks certificates.
  private static let foreign: Set<String> = [
    "ssl_cert_reqs", "family", "pool_size", "max_connections", "socket_timeout", "socket_connect_timeout",
    "health_check_interval", "decode_responses", "client_name", "protocol",
  ]

  public init(_ text: String) throws(Wrong) {
    guard let scheme = ["redis://", "rediss://"].first(where: { text.hasPrefix($0) }) else {
      throw Wrong(description: "the address of Redis begins with neither redis:// nor rediss://")
    }
    tls = scheme == "rediss://"
    let rest = text.dropFirst(scheme.count)
    // A host contains no `@`, so the last one ends the password.
    let at = rest.lastIndex(of: "@")
    let (user, secret) = Self.split(at.map { rest[..<$0] } ?? "", at: ":")
    username = user.isEmpty ? nil : Self.decoded(user)
    password = secret.isEmpty ? nil : Self.decoded(secret)
    let (place, query) = Self.split(at.map { rest[rest.index(after: $0)...] } ?? rest, at: "?")
    guard
      let match = place.wholeMatch(of: #/(\[[0-9a-fA-F:]+\]|[^:\/@?#\s\[\]]+)(?::(\d{1,5}))?(?:/(\d{1,3})?)?/#),
      let port = match.2.map({ Int($0) }) ?? 6379, let database = match.3.map({ Int($0) }) ?? 0,
      (1...65_535).contains(port)
    else { throw Wrong(description: "after the password the address of Redis has no host:port/database") }
    host = String(match.1).replacing("[", with: "").replacing("]", with: "")
    (self.port, self.database) = (port, database)
    for part in query.split(separator: "&") {
      let name = part.prefix { $0 != "=" }
      guard !Self.foreign.contains(String(name)) else { continue }
      let isWord = name.wholeMatch(of: /[A-Za-z_]{1,40}/) != nil
      throw Wrong(description: "the address of Redis has an unknown word after the ?\(isWord ? ": \(name)" : "")")
    }
  }

  private static func split(_ text: Substring, at mark: Character) -> (Substring, Substring) {
    guard let index = text.firstIndex(of: mark) else { return (text, "") }
    return (text[..<index], text[text.index(after: index)...])
  }

  /// Decodes `%41` as A; a `%` before anything else stays as it is.
  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
      if byte == UInt8(ascii: "%"), digits.count == 2 {
        rest.removeFirst(2)
        bytes.append(UInt8(digits[0] * 16 + digits[1]))
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
