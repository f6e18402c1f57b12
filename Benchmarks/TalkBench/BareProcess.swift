import Foundation
import HTTPTransport
import Logging

/// The bare handler in its own process, so that its CPU time is separate from the client's.
struct BareProcess {
  struct NeverReady: Error {}

  private let child: Process
  let url: String

  static func start() throws -> BareProcess {
    // Below the range of ephemeral ports, in which the connections of an earlier run may still hold the port.
    let port = Int.random(in: 21_000...29_999)
    let child = Process()
    child.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    child.arguments = ["bare", "--port", String(port)]
    child.standardError = FileHandle.nullDevice
    try child.run()
    return BareProcess(child: child, url: "http://127.0.0.1:\(port)")
  }

  var process: Int32 { child.processIdentifier }

  func ready() async throws {
    let http = HTTPTransport(logger: Logger(label: "bench"))
    for _ in 0..<200 {
      let beat = HTTPClientRequest(method: "POST", url: url + "/sessions/x/heartbeat")
      if (try? await http.send(beat, deadline: .seconds(1)))?.isSuccess == true { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw NeverReady()
  }

  func stop() { child.terminate() }
}
