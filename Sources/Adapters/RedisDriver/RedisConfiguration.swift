/// The settings of a client: `redis://` or `rediss://` (TLS), with `user:password@`, a port and a database number. A
/// password may contain unescaped `#`, `%`, `?`, `/` and `@`.
public struct RedisConfiguration: Sendable {
  public let host: String
  public let port: Int
  public let tls: Bool
  public let username: String?
  public let password: String?
  public let database: Int
  /// The number of shared connections, at most one for each event loop; nil for one on each loop.
  public var connections: Int?
  public var commandDeadline: Duration
  /// The most commands in progress on a connection; a further one fails at once with `queueFull`.
  public var maximumInFlight: Int
  /// A PEM file of authorities to trust instead of the system's.
  public var authorities: String?
  /// Sent on each new connection after its own greeting. The connection serves no other command before their replies,
  /// and none at all after an error.
  public var firstCommands: [RedisCommand] = []

  public init(
    url: String, connections: Int? = nil, commandDeadline: Duration = .seconds(1), maximumInFlight: Int = 10_000,
    authorities: String? = nil
  ) throws(RedisError) {
    let address: RedisURL
    do throws(RedisURL.Wrong) { address = try RedisURL(url) } catch { throw .badURL }
    tls = address.tls
    username = address.username
    password = address.password
    host = address.host
    (port, database) = (address.port, address.database)
    self.connections = connections
    self.commandDeadline = commandDeadline
    self.maximumInFlight = maximumInFlight
    self.authorities = authorities
  }

  /// The first commands of every connection.
  var greeting: [RedisCommand] {
    var greeting: [RedisCommand] = []
    if let password {
      greeting.append(
        RedisCommand([RedisArgument("AUTH")] + [username, password].compactMap { $0 }.map { RedisArgument($0) }))
    }
    if database != 0 { greeting.append(RedisCommand("SELECT", RedisArgument(database))) }
    return greeting + firstCommands
  }
}
