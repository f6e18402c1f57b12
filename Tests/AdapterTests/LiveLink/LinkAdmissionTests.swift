import Foundation
import HTTPTransport
import Logging
import TestInfrastructure
import Testing

@testable import LiveLinkAdapter

@Suite("Admission to the live link's socket")
struct LinkAdmissionTests {
  private let http = HTTPTransport(logger: Logger(label: "links"))

  private func status(
    _ stage: LinkStage, _ path: String? = nil, subprotocol: String? = "talktime.v1", headers: [(String, String)] = []
  ) async throws -> Int {
    do {
      let client = try await LinkClient.open(try stage.url(path), subprotocol: subprotocol, headers: headers)
      client.close()
      return 101
    } catch let refused as LinkClient.Refused {
      #expect(refused.head.lowercased().contains("content-type: application/problem+json"))
      return refused.status
    }
  }

  @Test("our own origin's pages and clients without an Origin get a socket; a foreign page gets 403")
  func origins() async throws {
    try await LinkStage.with { stage in
      let own = "http://talk.test:8080"
      let none = try await status(stage)
      let ours = try await status(stage, headers: [("Origin", own)])
      #expect(none == 101 && ours == 101)
      for foreign in ["http://talk.test", "https://talk.test:8080", own + ".evil.test", "null", "", own.uppercased()] {
        let status = try await status(stage, headers: [("Origin", foreign)])
        #expect(status == 403, "\(foreign)")
      }
      let both = try await status(stage, headers: [("Origin", own), ("Origin", "http://evil.test")])
      #expect(both == 403)
    }
  }

  @Test(
    "only a client that offers our subprotocol gets a socket",
    arguments: [nil, "talktime.v2", "chat, talktime.v1", "talktime.v1x"])
  func subprotocols(_ offered: String?) async throws {
    try await LinkStage.with { stage in
      let status = try await status(stage, subprotocol: offered)
      #expect(status == (offered == "chat, talktime.v1" ? 101 : 400))
    }
  }

  @Test(
    "only our path gives a socket",
    arguments: ["/", "/sessions/x/links", "/sessions/a/b/link", "//sessions/x/link", "/readyz/link"])
  func paths(_ path: String) async throws {
    try await LinkStage.with { stage in
      let status = try await status(stage, path)
      #expect(status == 404)
    }
  }

  @Test("a readiness probe of the port is answered, and its connection closes", arguments: [true, false])
  func ready(_ isReady: Bool) async throws {
    try await LinkStage.with(isReady: isReady) { stage in
      let answer = try await get(stage, "/readyz")
      #expect(answer.status == (isReady ? 200 : 503))
      #expect(String(decoding: answer.body, as: UTF8.self).contains(isReady ? "ready" : "not_ready"))
    }
  }

  @Test("a request that is no upgrade gets 426")
  func plain() async throws {
    try await LinkStage.with { stage in
      let answer = try await get(stage)
      #expect(answer.status == 426 && answer.header("content-type") == "application/problem+json")
      #expect(
        String(decoding: answer.body, as: UTF8.self).contains("http://talk.test:8080/problems/upgrade_required"))
    }
  }

  private func get(_ stage: LinkStage, _ path: String? = nil) async throws -> HTTPClientResponse {
    let url = try stage.url(path).replacing("ws://", with: "http://")
    return try await http.send(HTTPClientRequest(method: "GET", url: url), deadline: .seconds(10))
  }
}
