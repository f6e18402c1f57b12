import Foundation
import Glibc

/// Debian's PgBouncer in front of a test's database.
public struct PgBouncer: Sendable {
  public enum Mode: String, Sendable, CaseIterable { case session, transaction }

  public struct Failed: Error { let log: String }

  public static let binary = "/usr/sbin/pgbouncer"
  public let port: Int
  private let ending: @Sendable (Int32) -> Void

  /// Ends it as if its machine had failed: connections are not closed.
  public func kill() { ending(SIGKILL) }

  /// The same address, through the pooler.
  public func url(_ direct: String) -> String {
    var parts = URLComponents(string: direct)
    parts?.port = port
    return parts?.string ?? ""
  }

  /// - Parameters:
  ///   - connections: the connections to the server, for each user.
  ///   - ignored: the startup parameters that it drops instead of refusing them; none in Debian's settings.
  ///   - addresses: with the names and passwords of all users who will sign in.
  public static func with(
    _ mode: Mode, connections: Int = 4, ignored: String? = nil, addresses: [String],
    _ body: (PgBouncer) async throws -> Void
  ) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "pgbouncer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    let port = try freePort()
    let log = directory.appending(path: "log").path
    let (settings, users) = (directory.appending(path: "settings.ini"), directory.appending(path: "users.txt"))
    let signIns = addresses.compactMap { URLComponents(string: $0) }
    guard let server = signIns.first, let host = server.host, let serverPort = server.port else {
      throw Failed(log: "")
    }
    try signIns.map { "\"\($0.user ?? "")\" \"\($0.password ?? "")\"\n" }.joined()
      .write(to: users, atomically: true, encoding: .utf8)
    var lines = [
      "[databases]", "* = host=\(host) port=\(serverPort)", "[pgbouncer]", "listen_addr = 127.0.0.1",
      "listen_port = \(port)", "unix_socket_dir =", "auth_type = plain", "auth_file = \(users.path)",
      "pool_mode = \(mode.rawValue)", "default_pool_size = \(connections)", "logfile = \(log)",
      "server_login_retry = 1",
    ]
    if let ignored { lines.append("ignore_startup_parameters = \(ignored)") }
    // It refuses to run as root.
    if getuid() == 0 { lines.append("user = postgres") }
    try lines.joined(separator: "\n").write(to: settings, atomically: true, encoding: .utf8)
    if getuid() == 0, let owner = getpwnam("postgres") {
      for path in [directory.path, users.path, settings.path] {
        chown(path, owner.pointee.pw_uid, owner.pointee.pw_gid)
      }
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = ["-q", settings.path]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let (ended, end) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in end.finish() }
    try process.run()
    let result: Result<Void, any Error>
    do {
      let answers = await eventually { isListening(port) ? true : nil }
      guard answers == true else { throw Failed(log: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "") }
      let number = process.processIdentifier
      result = .success(try await body(PgBouncer(port: port) { _ = Glibc.kill(number, $0) }))
    } catch { result = .failure(error) }
    // It has no data to lose. A gentler signal might be blocked, because the thread that started it may have blocked
    // it.
    _ = Glibc.kill(process.processIdentifier, SIGKILL)
    for await _ in ended {}
    try result.get()
  }

  /// A port that was free a moment ago; there is no stronger guarantee.
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
    guard !failed else { throw Failed(log: "no port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  private static func isListening(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
