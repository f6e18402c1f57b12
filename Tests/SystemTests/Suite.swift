import Foundation
import HTTPTransport
import Logging
import NIOPosix
import PostgresDriver
import RedisDriver
import Testing

/// The running suite, from the output of `./dev env`: all four services behind Caddy, with a real Postgres and Redis.
struct Suite: Sendable {
  let publicURL: String
  let sandboxURL: String
  let settings: [String: String]
  let http: HTTPTransport

  static let shared: Suite? = {
    let environment = ProcessInfo.processInfo.environment
    guard let publicURL = environment["PUBLIC_URL"], let sandboxURL = environment["SANDBOX_URL"] else { return nil }
    return Suite(
      publicURL: publicURL, sandboxURL: sandboxURL, settings: environment,
      http: HTTPTransport(logger: Logger(label: "system-tests")))
  }()

  static func running() throws -> Suite {
    try #require(shared, "no suite is running: start the tests with ./dev test")
  }

  func setting(_ name: String) throws -> String { try #require(settings[name], "./dev env lacks \(name)") }

  /// Runs a command of ./dev against this suite, such as `kill session 1`.
  func dev(_ arguments: String...) async throws { try await dev(arguments) }

  func dev(_ arguments: [String]) async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try setting("TALKTIME_DEV"))
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
      process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    #expect(status == 0, "./dev \(arguments.joined(separator: " "))")
    if status == 0, arguments.first == "start" { try await seen(arguments[1]) }
  }

  /// Waits until Caddy sends requests to the service again. Caddy checks each 500 ms, separately for reads and writes.
  func seen(_ service: String) async throws {
    let writes = [
      "auth": "/auth/refresh", "billing": "/billing/orders", "session": "/sessions", "task": "/tasks/x/retry",
    ]
    guard let path = writes[service] else { return }
    for method in ["GET", "POST"] {
      _ = try await eventually("Caddy has seen \(service)") {
        try await call(method, path).status == 503 ? nil : true
      }
    }
  }
}

/// A response with its JSON body.
struct Answer: @unchecked Sendable {  // `json` is made once by JSONSerialization and only read.
  let status: Int
  let response: HTTPClientResponse
  let json: [String: Any]

  func text(_ name: String) throws -> String { try #require(json[name] as? String, "no \(name) in \(json)") }
  func number(_ name: String) throws -> Int { try #require(json[name] as? Int, "no \(name) in \(json)") }
  var items: [[String: Any]] { json["items"] as? [[String: Any]] ?? [] }
}

extension Suite {
  func call(
    _ method: String, _ path: String, token: String? = nil, body: [String: Any]? = nil, headers: [(String, String)] = []
  ) async throws -> Answer {
    try await request(method, publicURL + path, token: token, body: body, headers: headers)
  }

  @discardableResult
  func sandbox(_ method: String, _ path: String, body: [String: Any]? = nil) async throws -> Answer {
    // The list of all requests since the suite began is long.
    try await request(method, sandboxURL + path, body: body, maximumBytes: 256 << 20)
  }

  private func request(
    _ method: String, _ url: String, token: String? = nil, body: [String: Any]? = nil,
    headers: [(String, String)] = [], maximumBytes: Int = 1 << 20
  ) async throws -> Answer {
    var all = headers
    if let token { all.append(("Authorization", "Bearer \(token)")) }
    if body != nil { all.append(("Content-Type", "application/json")) }
    let data = try body.map { try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys) }
    let response = try await http.send(
      HTTPClientRequest(method: method, url: url, headers: all, body: data.map { Array($0) }), deadline: .seconds(15),
      maximumBytes: maximumBytes)
    let json = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
    return Answer(status: response.status, response: response, json: json ?? [:])
  }
}

/// Repeats until there is a result; fails if there is none within the time.
func eventually<T>(
  within limit: Duration = .seconds(30), _ what: String, _ attempt: () async throws -> T?
) async throws -> T {
  let deadline = ContinuousClock.now + limit
  while true {
    if let value = try await attempt() { return value }
    guard ContinuousClock.now < deadline else { throw NeverHappened(what: what) }
    try await ContinuousClock().sleep(for: .milliseconds(100))
  }
}

struct NeverHappened: Error, CustomStringConvertible {
  let what: String
  var description: String { "did not happen in time: \(what)" }
}

extension Suite {
  /// As after a failover to a store that never had the data.
  func emptyRedis() async throws {
    let redis = RedisClient(
      configuration: try RedisConfiguration(url: try setting("REDIS_URL")),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "system-tests"))
    let running = Task { try await redis.run() }
    defer { running.cancel() }
    _ = try await eventually("Redis is emptied") { try? await redis.send(RedisCommand("FLUSHALL")) }
  }
}
