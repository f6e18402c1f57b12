import BreachedPasswordsAdapter
import Domain
import Foundation
import HTTPTransport
import Logging
import NIOPosix
import Testing

@Suite("Looking up breached passwords")
struct PwnedPasswordRangesTests {
  private let http = HTTPTransport(logger: Logger(label: "tests"))
  // printf password | openssl sha1 -> 5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8
  private static let suffix = "1E4C9B93F3F0682250B6CF8331B7EE68FD8"
  private static let other = "003D68EB55068C33ACE09247EE4C639306B"

  /// Whether this answer says that "password" is known, and the request.
  private func contains(_ answer: CannedServer.Answer) async throws -> (Bool, String) {
    try await CannedServer.with([answer]) { server, url in
      let isKnown = await PwnedPasswordRanges(http: http, baseURL: url).contains(Password("password"))
      return (isKnown, server.asked.first ?? "")
    }
  }

  @Test("only five digits of the hash are sent, and the rest is looked for in a padded answer")
  func known() async throws {
    let body = "\(Self.other):3\r\n\(Self.suffix):52256179\r\n00000000000000000000000000000000000:0"
    let (isKnown, asked) = try await contains(.init(body: body))
    #expect(isKnown)
    #expect(asked.hasPrefix("GET /range/5BAA6 HTTP/1.1\r\n"))
    #expect(asked.lowercased().contains("\r\nadd-padding: true\r\n"))
    #expect(!asked.uppercased().contains(Self.suffix.prefix(6)) && !asked.contains("password"))
    let lower = try await contains(.init(body: "\(Self.suffix.lowercased()):1"))
    #expect(lower.0)
  }

  @Test(
    "padding, other passwords and what cannot be read say nothing",
    arguments: [
      "\(suffix):0", "\(other):9", "", "\(suffix)", "\(suffix):", "\(suffix):many", "\(suffix):-1", "x\(suffix):9",
      "<html>\(suffix):9</html>",
    ])
  func unknown(body: String) async throws {
    #expect(try await !contains(.init(body: body)).0)
  }

  @Test("a directory that is down, refuses or is silent refuses nobody, within its second")
  func failsOpen() async throws {
    for status in [429, 500, 301] {
      #expect(try await !contains(.init(status: status, body: "\(Self.suffix):9")).0)
    }
    let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let url = "http://127.0.0.1:\(silent.localAddress?.port ?? 0)"
    #expect(await !PwnedPasswordRanges(http: http, baseURL: url).contains(Password("password")))
    try await silent.close()
    #expect(await !PwnedPasswordRanges(http: http, baseURL: url).contains(Password("password")))
  }
}
