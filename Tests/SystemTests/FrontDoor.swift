import Foundation
import HTTPTransport
import NIOCore
import NIOPosix
import Testing

/// A test's own Caddy with the project's Caddyfile, in front of the suite's services. `CADDY_BIN` selects the binary;
/// otherwise it is the installed one.
struct FrontDoor: Sendable {
  let suite: Suite
  let port: Int

  var address: String { "http://localhost:\(port)" }

  /// - Parameter environment: set in addition to the environment of the suite's front door, such as other upstreams.
  static func with(
    _ suite: Suite, _ environment: [String: String] = [:], _ body: (FrontDoor) async throws -> Void
  ) async throws {
    let door = FrontDoor(suite: suite, port: try await freePort())
    let process = try door.launch(environment)
    let result: Result<Void, any Error>
    do {
      _ = try await eventually("the front door is open") {
        guard process.isRunning else { throw NeverHappened(what: "Caddy stays up") }
        // Each kind of route has its own health checks.
        let isUp = (try? await door.ask("GET", "/auth/.well-known/jwks.json"))?.status == 200
        return isUp ? true : nil
      }
      result = .success(try await body(door))
    } catch {
      result = .failure(error)
    }
    process.terminate()
    try result.get()
  }

  /// Sends one request on a connection of its own.
  func ask(
    _ method: String, _ path: String, host: String? = nil, headers: [(String, String)] = [], body: String = ""
  ) async throws -> RawAnswer? {
    let connection = try await RawConnection.open(address)
    let fields =
      [("Host", host ?? "localhost:\(port)")] + headers
      + (body.isEmpty ? [] : [("Content-Length", String(body.utf8.count))])
    let lines = ["\(method) \(path) HTTP/1.1"] + fields.map { "\($0.0): \($0.1)" }
    connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    return try await connection.answer(head: method == "HEAD")
  }

  private func launch(_ environment: [String: String]) throws -> Process {
    let root = URL(fileURLWithPath: try suite.setting("TALKTIME_DEV")).deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      suite.settings["CADDY_BIN"] ?? "caddy", "run", "--config", root.appending(path: "Caddyfile").path, "--adapter",
      "caddyfile",
    ]
    var all = suite.settings
    for (name, service) in [
      ("AUTH_UPSTREAMS", "AUTH_SERVICE_URL"), ("BILLING_UPSTREAMS", "BILLING_SERVICE_URL"),
      ("SESSION_UPSTREAMS", "SESSION_SERVICE_URL"), ("TASK_UPSTREAMS", "TASK_SERVICE_URL"),
      ("LINK_UPSTREAMS", "SESSION_LINK_URL"),
    ] { all[name] = String(try suite.setting(service).split(separator: "/").last ?? "") }
    all["CADDY_SITE"] = "http://:\(port)"
    all["WEB_ROOT"] = root.appending(path: "Web").path
    all["HOME"] = FileManager.default.temporaryDirectory.path
    process.environment = all.merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  private static func freePort() async throws -> Int {
    let door = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(door.localAddress?.port)
    try await door.close()
    return port
  }
}
