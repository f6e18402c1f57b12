import Foundation
import HTTPTransport
import Testing

extension Suite {
  /// Runs a command of ./dev and returns its exit status and output.
  /// - Parameter environment: names that the suite's own settings do not have; those come before it.
  func output(
    _ arguments: String..., environment: [String: String] = [:]
  ) async throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try setting("TALKTIME_DEV"))
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let file = FileManager.default.temporaryDirectory.appending(path: "talktime-\(UUID().uuidString)")
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    process.standardOutput = try FileHandle(forWritingTo: file)
    process.standardInput = FileHandle.nullDevice
    let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
      process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    return (status, try String(contentsOf: file, encoding: .utf8))
  }

  /// Restarts the session service with other settings while the body runs.
  func withSessionService(_ environment: [String: String], _ body: () async throws -> Void) async throws {
    try await withService("session", environment, body)
  }

  /// Restarts a service with other settings while the body runs. They are arguments of the start, because the suite's own
  /// settings come before the environment's.
  func withService(
    _ service: String, _ environment: [String: String], _ body: () async throws -> Void
  ) async throws {
    func restart(_ environment: [String: String]) async throws {
      try await dev("kill", service, "1")
      try await dev(["start", service, "1"] + environment.map { "\($0.key)=\($0.value)" })
    }
    try await restart(environment)
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    try await restart([:])
    try result.get()
  }

  /// Posts bytes unchanged.
  func post(_ path: String, _ body: [UInt8], headers: [(String, String)]) async throws -> Answer {
    let response = try await http.send(
      HTTPClientRequest(method: "POST", url: publicURL + path, headers: headers, body: body), deadline: .seconds(30))
    let json = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
    return Answer(status: response.status, response: response, json: json ?? [:])
  }
}
