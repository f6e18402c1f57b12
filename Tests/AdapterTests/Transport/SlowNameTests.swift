import HTTPTransport
import InterposedNames
import Logging
import TestInfrastructure
import Testing

@Suite("A host name that does not resolve", .serialized)
struct SlowNameTests {
  private static let name = "hangs.one.test"
  private let http = HTTPTransport(logger: Logger(label: "tests"))

  private func hanging(deadline: Duration) async throws(TransportError) -> Int {
    try await http.send(HTTPClientRequest(method: "GET", url: "http://\(Self.name):1/"), deadline: deadline).status
  }

  /// The lookup is released at the end, so that a failed test does not hang.
  private func whileNamesHang(_ body: () async throws -> Void) async throws {
    names_hold(Self.name)
    let end = Task {
      try await Task.sleep(for: .seconds(30))
      names_release(Self.name)
    }
    defer {
      end.cancel()
      names_release(Self.name)
    }
    try await body()
  }

  @Test("neither the request's own deadline nor any other request waits for the name")
  func others() async throws {
    let sandbox = try setting("SANDBOX_URL")
    try await whileNamesHang {
      await #expect(throws: TransportError.timeout(sent: false)) { try await hanging(deadline: .milliseconds(200)) }
      let other = try await http.send(
        HTTPClientRequest(method: "GET", url: sandbox + "/"), deadline: .seconds(20))
      #expect(other.status == 200)
      #expect(names_held(Self.name) == 1)
    }
  }

  @Test("a cancelled request for the name ends with an error, and the others go on")
  func cancelled() async throws {
    let sandbox = try setting("SANDBOX_URL")
    try await whileNamesHang {
      let before = names_held(Self.name)
      let waiting = Task { try await hanging(deadline: .seconds(60)) }
      #expect(await eventually { names_held(Self.name) > before ? true : nil } == true)
      waiting.cancel()
      await #expect(throws: TransportError.cancelled) { try await waiting.value }
      let other = try await http.send(
        HTTPClientRequest(method: "GET", url: sandbox + "/"), deadline: .seconds(20))
      #expect(other.status == 200)
      #expect(names_held(Self.name) > before)
    }
  }
}
