import CPQ
import Glibc

/// The parameters of a new connection. The startup message has only parameters that every pooler knows; the settings of
/// the session are made in the first query (`PostgresSetupQuery`).
struct PostgresConnectionParameters: Sendable {
  enum Attempt {
    case started(OpaquePointer)
    /// A name lookup is in progress.
    case waiting
    case failed(PostgresError)
  }

  private struct Endpoint {
    let host: String
    let address: String
    let port: String
  }

  private let address: DatabaseAddress
  private let extra: [(keyword: String, value: String)]
  private let names: NameResolver

  init(_ address: DatabaseAddress, _ configuration: PostgresConfiguration, _ names: NameResolver) {
    self.address = address
    self.names = names
    extra = [
      ("application_name", configuration.applicationName), ("gssencmode", "disable"), ("client_encoding", "UTF8"),
      ("connect_timeout", String(max(2, configuration.connectTimeout.components.seconds))),
    ]
  }

  /// Names are looked up beforehand, because libpq would block on the lookup. `host` is still passed, for verify-full.
  /// - Parameter turn: the index of the address to try first; the others are tried after it.
  func start(turn: Int, _ now: ContinuousClock.Instant) -> Attempt {
    var settings = address.words.filter { word in !extra.contains { $0.keyword == word.keyword } } + extra
    if let hosts = address.value("host"), address.value("hostaddr") == nil {
      var endpoints: [Endpoint] = []
      switch find(hosts.split(separator: ",", omittingEmptySubsequences: false).map(String.init), now) {
      case .waiting: return .waiting
      case .failed(let error): return .failed(error)
      case .found(let found): endpoints = found
      }
      endpoints = endpoints.indices.map { endpoints[($0 + turn) % endpoints.count] }
      settings.removeAll { $0.keyword == "host" || $0.keyword == "port" }
      settings.append(("host", endpoints.map(\.host).joined(separator: ",")))
      settings.append(("hostaddr", endpoints.map(\.address).joined(separator: ",")))
      settings.append(("port", endpoints.map(\.port).joined(separator: ",")))
    }
    guard let handle = Self.open(settings) else {
      return .failed(PostgresError(.unavailable, message: "no memory for a connection"))
    }
    return .started(handle)
  }

  private enum Endpoints {
    case found([Endpoint])
    case waiting
    case failed(PostgresError)
  }

  /// An unknown name is skipped if another name is known.
  private func find(_ hosts: [String], _ now: ContinuousClock.Instant) -> Endpoints {
    let ports = (address.value("port") ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var (endpoints, isPending): ([Endpoint], Bool) = ([], false)
    for (index, host) in hosts.enumerated() {
      let port = ports.count == hosts.count ? ports[index] : ports.first ?? ""
      // The directory of a socket, or libpq's default.
      if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") {
        endpoints.append(Endpoint(host: host, address: "", port: port))
        continue
      }
      switch names.look(up: host, now) {
      case .found(let found): endpoints += found.map { Endpoint(host: host, address: $0, port: port) }
      case .pending: isPending = true
      case .failed: break
      }
    }
    if isPending { return .waiting }
    guard endpoints.isEmpty else { return .found(endpoints) }
    return .failed(
      PostgresError(.unavailable, message: "no address is known for \(hosts.joined(separator: ", "))"))
  }

  private static func open(_ settings: [(keyword: String, value: String)]) -> OpaquePointer? {
    let keywords = settings.map { strdup($0.keyword) }
    let values = settings.map { strdup($0.value) }
    defer { (keywords + values).forEach { free($0) } }
    let keywordPointers = keywords.map { $0.map { UnsafePointer($0) } } + [nil]
    let valuePointers = values.map { $0.map { UnsafePointer($0) } } + [nil]
    return PQconnectStartParams(keywordPointers, valuePointers, 0)
  }
}

extension Duration {
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
