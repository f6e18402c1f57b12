import Foundation
import HTTPTransport
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import ProviderSandbox

/// The sandbox in this process, on two ports of its own.
struct RunningSandbox: Sendable {
  let settings: Settings
  let http: HTTPTransport

  static func with(_ body: (RunningSandbox) async throws -> Void) async throws {
    let settings = try Settings(environment: [
      "HTTP_PORT": "\(try await freePort())", "WS_PORT": "\(try await freePort())", "LOG_LEVEL": "error",
    ])
    let sandbox = RunningSandbox(settings: settings, http: HTTPTransport(logger: Logger(label: "sandbox-tests")))
    let running = Task { try await Sandbox(settings: settings).run(endsBySignals: false) }
    let result: Result<Void, any Error>
    do {
      try await sandbox.answers()
      result = .success(try await body(sandbox))
    } catch { result = .failure(error) }
    running.cancel()
    _ = await running.result
    try result.get()
  }

  /// The base URL of a provider's API.
  func api(_ provider: Provider) -> String { "\(settings.publicURL)/\(provider.rawValue)" }

  @discardableResult
  func control(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws -> [String: Any] {
    let data = try body.map { Array(try JSONSerialization.data(withJSONObject: $0)) }
    let response = try await http.send(
      HTTPClientRequest(
        method: method, url: "\(settings.publicURL)/control/\(path)", headers: [("Content-Type", "application/json")],
        body: data), deadline: .seconds(10))
    try #require(response.isSuccess, "\(method) \(path): \(String(decoding: response.body, as: UTF8.self))")
    return (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any] ?? [:]
  }

  private func answers() async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      let request = HTTPClientRequest(method: "GET", url: "\(settings.publicURL)/", headers: [])
      if (try? await http.send(request, deadline: .seconds(2)))?.isSuccess == true { return }
      try #require(ContinuousClock.now < deadline, "the sandbox does not answer")
      try await ContinuousClock().sleep(for: .milliseconds(20))
    }
  }

  private static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(channel.localAddress?.port)
    try await channel.close()
    return port
  }
}
