import Foundation
import Glibc
import Logging
import PostgresDriver
import TestInfrastructure

/// A test's own server with TLS, for settings that apply to a whole server, such as certificates and roles.
struct PrivatePostgres: Sendable {
  struct Failed: Error { let step: String }

  static let binaries = newestBinaries()
  static let owner = "owner"
  static let password = "it's a \"secret\""

  let directory: URL
  let port: Int

  /// The server's certificate is self-signed, so it is its own authority.
  var authority: String { directory.appending(path: "server.crt").path }
  var otherAuthority: String { directory.appending(path: "other.crt").path }

  func url(
    user: String = owner, password: String = password, host: String = "localhost", mode: String = "verify-full",
    authority: String? = nil
  ) throws -> String {
    var parts = URLComponents()
    (parts.scheme, parts.host, parts.port, parts.path) = ("postgresql", host, port, "/postgres")
    (parts.user, parts.password) = (user, password)
    parts.queryItems = [
      URLQueryItem(name: "sslmode", value: mode),
      URLQueryItem(name: "sslrootcert", value: authority ?? self.authority),
    ]
    guard let url = parts.string else { throw Failed(step: "url") }
    return url
  }

  static func with(_ body: (PrivatePostgres) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "talktime-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    let server = PrivatePostgres(directory: directory, port: try freePort())
    try await server.prepare()
    let (process, ended) = try server.launch(
      server.asPostgres("postgres") + [
        "-D", server.data, "-p", "\(server.port)", "-c", "listen_addresses=localhost", "-c", "fsync=off",
        "-c", "unix_socket_directories=", "-c", "ssl=on", "-c", "ssl_cert_file=\(server.authority)",
        "-c", "ssl_key_file=\(directory.appending(path: "server.key").path)", "-c", "max_connections=20",
      ])
    let result: Result<Void, any Error>
    do {
      try await server.answers()
      result = .success(try await body(server))
    } catch { result = .failure(error) }
    // The fast shutdown, which does not wait for clients. The child process is the server itself, so no process is
    // left.
    process.interrupt()
    for await _ in ended {}
    try result.get()
  }

  private var data: String { directory.appending(path: "data").path }

  private func prepare() async throws {
    for name in ["server", "other"] {
      try await run([
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-keyout", directory.appending(path: "\(name).key").path, "-out", directory.appending(path: "\(name).crt").path,
      ])
    }
    let secret = directory.appending(path: "password")
    try Data(Self.password.utf8).write(to: secret)
    if getuid() == 0 { try await run(["chown", "-R", "postgres:postgres", directory.path]) }
    try await run(
      asPostgres("initdb") + [
        "-D", data, "-U", Self.owner, "--auth=scram-sha-256", "--pwfile=\(secret.path)", "-E", "UTF8", "--locale=C",
        "-N",
      ])
    let rules = "hostssl all all all scram-sha-256\n"
    try Data(rules.utf8).write(to: URL(fileURLWithPath: "\(data)/pg_hba.conf"), options: [])
    if getuid() == 0 { try await run(["chown", "postgres:postgres", "\(data)/pg_hba.conf"]) }
  }

  private func answers() async throws {
    let pool = try TestDatabase.pool(try url(), 1)
    defer { pool.close() }
    guard await eventually({ try? await pool.query("SELECT 1") }) != nil else { throw Failed(step: "start") }
  }

  /// Postgres refuses to run as root.
  private func asPostgres(_ name: String) -> [String] {
    let binary = "\(Self.binaries ?? "")/\(name)"
    return getuid() == 0
      ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", binary] : [binary]
  }

  private func run(_ command: [String]) async throws {
    let (process, ended) = try launch(command)
    for await _ in ended {}
    guard process.terminationStatus == 0 else { throw Failed(step: command.joined(separator: " ")) }
  }

  /// The stream finishes when the child process ends.
  private func launch(_ command: [String]) throws -> (Process, AsyncStream<Void>) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = directory
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let (ended, end) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in end.finish() }
    try process.run()
    return (process, ended)
  }

  private static func newestBinaries() -> String? {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return versions.compactMap { Int($0) }.max().map { "\(root)/\($0)/bin" }
  }

  /// A port that was free a moment ago. There is no stronger guarantee.
  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failed = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) != 0 || getsockname(descriptor, address, &length) != 0
      }
    }
    guard !failed else { throw Failed(step: "port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
