import CPQ
import Glibc

/// The keyword list that a connection is opened with.
struct ConnectionSettings: Sendable {
  private let parsed: [(String, String)]
  private let extra: [(String, String)]

  init(_ configuration: PostgresConfiguration) throws(PostgresError) {
    guard let options = PQconninfoParse(configuration.url, nil) else {
      throw PostgresError(.unavailable, message: "the database URL cannot be read")
    }
    defer { PQconninfoFree(options) }
    var parsed: [(String, String)] = []
    var cursor = options
    while let keyword = cursor.pointee.keyword {
      if let value = cursor.pointee.val { parsed.append((String(cString: keyword), String(cString: value))) }
      cursor += 1
    }
    self.parsed = parsed
    extra = Self.extra(configuration)
  }

  private static func extra(_ configuration: PostgresConfiguration) -> [(String, String)] {
    var extra = [
      ("application_name", configuration.applicationName), ("gssencmode", "disable"), ("client_encoding", "UTF8"),
      ("connect_timeout", String(max(2, configuration.connectTimeout.components.seconds))),
    ]
    // A transaction pooler hands the connection to others, who must not inherit a setting.
    if configuration.preparedStatements {
      let timeout = configuration.statementTimeout.milliseconds
      extra.append(
        ("options", "-c statement_timeout=\(timeout) -c TimeZone=UTC -c idle_in_transaction_session_timeout=30000"))
    }
    return extra
  }

  /// Names are resolved here, on the caller's thread, because libpq would block on them; `host` stays for verify-full.
  func start() -> OpaquePointer? {
    var settings = parsed.filter { setting in !extra.contains { $0.0 == setting.0 } } + extra
    if let host = parsed.last(where: { $0.0 == "host" })?.1, !host.hasPrefix("/"), let address = Self.resolve(host) {
      settings.append(("hostaddr", address))
    }
    let keywords = settings.map { strdup($0.0) }
    let values = settings.map { strdup($0.1) }
    defer { (keywords + values).forEach { free($0) } }
    let keywordPointers = keywords.map { $0.map { UnsafePointer($0) } } + [nil]
    let valuePointers = values.map { $0.map { UnsafePointer($0) } } + [nil]
    return PQconnectStartParams(keywordPointers, valuePointers, 0)
  }

  private static func resolve(_ host: String) -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &found) == 0, let first = found else { return nil }
    defer { freeaddrinfo(first) }
    var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let result = getnameinfo(
      first.pointee.ai_addr, first.pointee.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
    return result == 0 ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }
}

extension Duration {
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
