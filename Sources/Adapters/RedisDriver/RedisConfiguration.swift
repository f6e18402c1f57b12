/// How a client reaches Redis: `redis://` or `rediss://` (TLS), with `user:password@`, a port and a database number.
public struct RedisConfiguration: Sendable {
  public let host: String
  public let port: Int
  public let tls: Bool
  public let username: String?
  public let password: String?
  public let database: Int
  /// Connections that share the commands, at most one an event loop; nil for one on each.
  public var connections: Int?
  public var commandDeadline: Duration
  /// Commands under way on a connection; beyond it a caller hears `queueFull` at once.
  public var maximumInFlight: Int
  /// A PEM file to trust in place of the system's.
  public var authorities: String?

  public init(
    url: String, connections: Int? = nil, commandDeadline: Duration = .seconds(1), maximumInFlight: Int = 10_000,
    authorities: String? = nil
  ) throws(RedisError) {
    guard
      let match = url.wholeMatch(
        of: #/(rediss?)://(?:([^:@/]*)(?::([^@/]*))?@)?(\[[0-9a-fA-F:]+\]|[^:\/@?#\s]+)(?::(\d{1,5}))?(?:/(\d{1,3})?)?/#
      ),
      let port = match.5.map({ Int($0) }) ?? 6379, let database = match.6.map({ Int($0) }) ?? 0,
      (1...65_535).contains(port)
    else { throw .badURL }
    tls = match.1 == "rediss"
    username = match.2.flatMap { $0.isEmpty ? nil : Self.decoded($0) }
    password = match.3.flatMap { $0.isEmpty ? nil : Self.decoded($0) }
    host = String(match.4).replacing("[", with: "").replacing("]", with: "")
    (self.port, self.database) = (port, database)
    self.connections = connections
    self.commandDeadline = commandDeadline
    self.maximumInFlight = maximumInFlight
    self.authorities = authorities
  }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == 0x25, digits.wholeMatch(of: /[0-9a-fA-F]{2}/) != nil, let value = UInt8(digits, radix: 16) {
        rest.removeFirst(2)
        bytes.append(value)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What is said first on every connection.
  var greeting: [RedisCommand] {
    var greeting: [RedisCommand] = []
    if let password {
      greeting.append(
        RedisCommand([RedisArgument("AUTH")] + [username, password].compactMap { $0 }.map { RedisArgument($0) }))
    }
    if database != 0 { greeting.append(RedisCommand("SELECT", RedisArgument(database))) }
    return greeting
  }
}
