import CPQ

/// A database address, read leniently: a password may contain unescaped `#`, `%` and `@`, and parameters that
/// dashboards add for other drivers are ignored.
///
/// libpq's own parser takes the first `@` for the end of the password. For an unknown parameter it only reports that
/// the address cannot be read, and the part that it quotes may belong to the password.
public struct DatabaseAddress: Sendable {
  /// The parameters for libpq, in the order of the address.
  let words: [(keyword: String, value: String)]
  /// The parameters that only other drivers use.
  public let passedOver: [String]
  /// Whether the address says that it leads through a transaction pooler (`pgbouncer=true`).
  public let namesPooler: Bool

  /// - Parameter text: `postgresql://user:password@host:port/database?word=value`, or libpq's `word=value word=value`.
  /// - Throws: the name of the wrong parameter; never a part of the password.
  public init(_ text: String) throws(PostgresError) {
    guard let scheme = ["postgresql://", "postgres://"].first(where: { text.hasPrefix($0) }) else {
      guard !text.contains("://") else { throw Self.wrong("it begins with neither postgresql:// nor postgres://") }
      (words, passedOver, namesPooler) = (try Self.pairs(text), [], false)
      return
    }
    let (user, place, query) = Self.parts(text.dropFirst(scheme.count))
    var words: [(keyword: String, value: String)] = []
    if let user {
      let name = user.prefix { $0 != ":" }
      if !name.isEmpty { words.append(("user", Self.decoded(name))) }
      if name.endIndex < user.endIndex {
        words.append(("password", Self.decoded(user[user.index(after: name.endIndex)...])))
      }
    }
    words += try Self.placed(place)
    let asked = try Self.asked(query)
    self.words = words.filter { word in !asked.words.contains { $0.keyword == word.keyword } } + asked.words
    (passedOver, namesPooler) = (asked.passedOver, asked.namesPooler)
    if let nul = self.words.first(where: { $0.value.utf8.contains(0) }) { throw Self.wrong("\(nul.keyword) holds %00") }
  }

  func value(_ keyword: String) -> String? { words.last { $0.keyword == keyword }.map(\.value) }

  private static func wrong(_ what: String) -> PostgresError {
    PostgresError(.unavailable, message: "the database address cannot be read: \(what)")
  }

  // MARK: the parts of an address

  /// A host contains no `@`, so the last `@` before the query ends the password. If the password contains a `?`, there
  /// is no `@` before that `?`; the `?` then belongs to the password unless a slash precedes it.
  private static func parts(_ rest: Substring) -> (user: Substring?, place: Substring, query: Substring?) {
    let mark = rest.firstIndex(of: "?") ?? rest.endIndex
    let head = rest[..<mark]
    guard let at = head.lastIndex(of: "@") ?? (head.contains("/") ? nil : rest.lastIndex(of: "@")),
      !rest.hasPrefix("/")
    else { return (nil, head, mark == rest.endIndex ? nil : rest[rest.index(after: mark)...]) }
    let tail = rest[rest.index(after: at)...]
    guard let question = tail.firstIndex(of: "?") else { return (rest[..<at], tail, nil) }
    return (rest[..<at], tail[..<question], tail[tail.index(after: question)...])
  }

  /// Reads `host:port,host:port/database`. A host may also be `[an IPv6 address]`, or a directory with its slashes as
  /// %2F.
  private static func placed(_ place: Substring) throws(PostgresError) -> [(keyword: String, value: String)] {
    let slash = place.firstIndex(of: "/") ?? place.endIndex
    let (hosts, database) = (place[..<slash], place[slash...].dropFirst())
    var (names, ports): ([String], [String]) = ([], [])
    for part in hosts.split(separator: ",", omittingEmptySubsequences: false) {
      let (name, port) = try hostAndPort(part)
      if !port.isEmpty, Int(port).map({ (1...65_535).contains($0) }) != true {
        throw wrong("what stands between the host and the database is not a port")
      }
      names.append(name)
      ports.append(port)
    }
    var words: [(keyword: String, value: String)] = []
    if names.contains(where: { !$0.isEmpty }) { words.append(("host", names.joined(separator: ","))) }
    if ports.contains(where: { !$0.isEmpty }) { words.append(("port", ports.joined(separator: ","))) }
    if !database.isEmpty { words.append(("dbname", decoded(database))) }
    return words
  }

  private static func hostAndPort(_ part: Substring) throws(PostgresError) -> (String, String) {
    if part.hasPrefix("[") {
      guard let end = part.firstIndex(of: "]") else { throw wrong("a [ has no ]") }
      let after = part[part.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { throw wrong("after the ] comes no port") }
      return (String(part[part.index(after: part.startIndex)..<end]), String(after.dropFirst()))
    }
    let colon = part.firstIndex(of: ":") ?? part.endIndex
    return (decoded(part[..<colon]), String(part[colon...].dropFirst()))
  }

  // MARK: the parameters after the question mark

  /// Parameters of Prisma, Supabase, node-postgres, JDBC, SQLAlchemy, npgsql and asyncpg about pooling, caching and
  /// waiting.
  private static let foreign: Set<String> = [
    "pgbouncer", "connection_limit", "pool_timeout", "pool_size", "max_overflow", "pool_mode", "pool", "pooling",
    "supa", "workaround", "socket_timeout", "statement_cache_size", "prepared_statement_cache_size",
    "prepared_statements", "preparethreshold", "prepare_threshold", "sslaccept", "uselibpqcompat", "schema",
    "pooler", "max", "min", "maxconnections", "minconnections", "prepare", "preparedstatementcachequeries",
    "simple_protocol", "default_query_exec_mode", "pool_max_conns", "pool_min_conns", "pool_max_conn_lifetime",
    "pool_max_conn_idle_time", "pool_health_check_period",
  ]

  private static func asked(
    _ query: Substring?
  ) throws(PostgresError) -> (words: [(keyword: String, value: String)], passedOver: [String], namesPooler: Bool) {
    var (words, passedOver): ([(keyword: String, value: String)], [String]) = ([], [])
    var namesPooler = false
    let known = keywords
    for part in (query ?? "").split(separator: "&") {
      let equals = part.firstIndex(of: "=") ?? part.endIndex
      let (name, value) = (decoded(part[..<equals]), decoded(part[equals...].dropFirst()))
      guard name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_.]{0,39}/) != nil, equals < part.endIndex else {
        throw wrong("after the ? stands something that is no word=value; in a password ? is written %3F and & %26")
      }
      if name == "ssl" {
        if value == "true" { words.append(("sslmode", "require")) }
      } else if known.contains(name) {
        words.append((name, value))
      } else if foreign.contains(name.lowercased()) {
        if name == "schema", value != "public" { throw wrong("schema is not public, where the tables are") }
        if name == "pgbouncer", value == "true" { namesPooler = true }
        passedOver.append(name)
      } else {
        throw wrong(value.contains("@") ? "a word after the ? is unknown" : "the word \(name) is unknown")
      }
    }
    return (words, passedOver, namesPooler)
  }

  private static var keywords: Set<String> {
    guard let options = PQconndefaults() else { return [] }
    defer { PQconninfoFree(options) }
    var found: Set<String> = []
    var cursor = options
    while let keyword = cursor.pointee.keyword {
      found.insert(String(cString: keyword))
      cursor += 1
    }
    return found
  }

  /// libpq's message about these may quote the password, so it is not passed on.
  private static func pairs(_ text: String) throws(PostgresError) -> [(keyword: String, value: String)] {
    guard let options = PQconninfoParse(text, nil) else {
      throw wrong("it is neither postgresql://… nor words as libpq knows them; a value with blanks stands in quotes")
    }
    defer { PQconninfoFree(options) }
    var words: [(keyword: String, value: String)] = []
    var cursor = options
    while let keyword = cursor.pointee.keyword {
      if let value = cursor.pointee.val { words.append((String(cString: keyword), String(cString: value))) }
      cursor += 1
    }
    return words
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
