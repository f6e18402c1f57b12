import Application
import Domain
import Fakes
import Foundation
import NIOHTTP1
import Testing

@testable import HTTPServing
@testable import SessionService

@Suite("The heartbeat's fast path")
struct HeartbeatFastPathTests {

  /// The parser's result for the text after the session's id; nil for a request that goes to the router.
  private static let targets: [(path: String, seq: Int64??)] = [
    ("/heartbeat", .some(nil)), ("/heartbeat?seq=0", 0), ("/heartbeat?seq=7", 7),
    ("/heartbeat?seq=999999999999999", 999_999_999_999_999), ("/heartbeat?seq=007", 7),
    // The route decides whether such a query is valid.
    ("/heartbeat?seq=1000000000000000", nil), ("/heartbeat?seq=9007199254740992", nil), ("/heartbeat?seq=", nil),
    ("/heartbeat?seq=-1", nil), ("/heartbeat?seq=+1", nil), ("/heartbeat?seq=1.0", nil), ("/heartbeat?seq=1e3", nil),
    ("/heartbeat?seq=%31", nil), ("/heartbeat?seq=1&seq=2", nil), ("/heartbeat?seq=1#x", nil),
    ("/heartbeat?seq= 1", nil), ("/heartbeat?SEQ=1", nil), ("/heartbeat?x=1", nil), ("/heartbeat?", nil),
    ("/heartbeat/", nil), ("/heartbeats", nil), ("/Heartbeat", nil), ("/end", nil), ("", nil), ("/", nil),
    ("x/heartbeat", nil),
  ]

  private static func session() throws -> SessionID {
    try #require(SessionID(shard: Shard(of: UserID(UUID())), random: Array(repeating: 7, count: 16)))
  }

  @Test("the fast path takes a beat with a sequence number or without one, and nothing else", arguments: targets)
  func parses(_ path: String, _ seq: Int64??) throws {
    let session = try Self.session()
    let target = HeartbeatRequestTarget("/sessions/\(session)\(path)")
    guard case .some(let seq) = seq else {
      #expect(target == nil)
      return
    }
    #expect(target?.session == session && target?.seq == seq)
  }

  @Test(
    "the fast path takes no invalid id",
    arguments: ["", "1", "....................", "\u{e9}", "%2e", "../../../../etc/passwd"])
  func ids(_ id: String) { #expect(HeartbeatRequestTarget("/sessions/\(id)/heartbeat") == nil) }

  @Test("the fast path leaves to the router all requests but a POST with a known token")
  func heads() async throws {
    let stage = try SessionStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let session = try await stage.talk()
    let fastPath = try #require(try stage.api().fastPath)
    let uri = "/sessions/\(session)/heartbeat"
    let token = stage.serving.token
    func begins(_ method: HTTPMethod, _ uri: String, _ authorization: String?) -> Bool {
      var head = HTTPRequestHead(version: .http1_1, method: method, uri: uri)
      if let authorization { head.headers.add(name: "authorization", value: authorization) }
      return fastPath.begin(head) { _ in }
    }
    #expect(begins(.POST, uri, "Bearer \(token)") && begins(.POST, uri, "bearer  \(token)"))
    #expect(!begins(.GET, uri, "Bearer \(token)") && !begins(.POST, uri, nil))
    #expect(!begins(.POST, uri, "Basic \(token)") && !begins(.POST, uri, "Bearer nobody"))
    #expect(!begins(.POST, "\(uri)?seq=x", "Bearer \(token)"))
    stage.serving.tokens.refuse(with: .keysUnavailable)
    #expect(!begins(.POST, uri, "Bearer \(token)"))
  }

  /// Each outcome of a beat, and the answer that the fast path and the route both give.
  @Test("the fast path answers what the route answers")
  func agrees() async throws {
    var compared = 0
    let operation = try #require(SessionOperations.all.first { $0.name == "POST /sessions/{id}/heartbeat" })
    for refusal in operation.refusals where ![400, 413, 415].contains(refusal.status) {
      var stage = try SessionStage()
      try await stage.serving.revocations.fill(with: [], whole: true)
      let call = try await refusal.call(&stage)
      var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: call.uri)
      for field in call.headers { head.headers.add(name: field.name.canonicalName, value: field.value) }
      let fastPath = try #require(try stage.api().fastPath)
      let answer: FastPathResponse? = await withCheckedContinuation { continuation in
        if !fastPath.begin(head, answered: { continuation.resume(returning: $0) }) {
          continuation.resume(returning: nil)
        }
      }
      // A request that the fast path does not take goes to the route anyway.
      guard case .failure(let error) = answer else { continue }
      compared += 1
      let problem = try #require(try stage.api().problems.problem(for: error))
      #expect(problem.status.code == refusal.status && problem.code == refusal.code, "\(refusal.what)")
    }
    #expect(compared == 6)
  }
}
