import Foundation
import HTTPTransport
import Testing

/// The metrics of one port, in Prometheus' format.
struct ServiceMetrics: Sendable {
  let text: String

  /// The sum of a metric's lines that contain all of these labels.
  func sum(_ name: String, _ labels: String...) -> Double {
    text.split(separator: "\n").filter { line in line.hasPrefix(name) && labels.allSatisfy { line.contains($0) } }
      .reduce(0) { $0 + (Double($1.split(separator: " ").last ?? "") ?? 0) }
  }
}

extension Suite {
  /// - Parameter service: such as `TASK`.
  func metrics(_ service: String) async throws -> ServiceMetrics {
    let url = try setting("\(service)_SERVICE_URL") + "/metrics"
    let answer = try await http.send(HTTPClientRequest(method: "GET", url: url), deadline: .seconds(5))
    #expect(answer.status == 200 && answer.header("content-type")?.hasPrefix("text/plain") == true)
    return ServiceMetrics(text: String(decoding: answer.body, as: UTF8.self))
  }

  /// Runs Prometheus' own tool and returns its exit status, and all that it wrote.
  func promtool(_ arguments: String..., input: String = "") async throws -> (status: Int32, text: String) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "talktime-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (given, written) = (folder.appending(path: "in"), folder.appending(path: "out"))
    try Data(input.utf8).write(to: given)
    try Data().write(to: written)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["promtool"] + arguments
    process.standardInput = try FileHandle(forReadingFrom: given)
    let output = try FileHandle(forWritingTo: written)
    process.standardOutput = output
    process.standardError = output
    let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
      process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    return (status, try String(contentsOf: written, encoding: .utf8))
  }
}
