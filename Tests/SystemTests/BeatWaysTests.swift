import Foundation
import Testing

/// Most beats are answered before the router. The response must not show the difference.
@Suite("A beat's fast path and its route", .serialized)
struct BeatWaysTests {
  @Test("both ways give the same headers and members, in an answer and in each refusal")
  func same() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    let port = try suite.past("session", 1)
    let stranger = try await Person.signUp(suite)
    let nobody = talk.id.dropLast(2) + "AA"
    func ways(_ id: String, _ seq: Int, token: String) async throws -> (atOnce: Answer, routed: Answer) {
      let path = "/sessions/\(id)/heartbeat"
      let atOnce = try await port.call("POST", "\(path)?seq=\(seq)", token: token)
      return (atOnce, try await port.call("POST", path, token: token, body: ["seq": seq]))
    }
    // Each token has been verified from here on: a token that is new takes the route.
    for someone in [person, stranger] { _ = try await ways(talk.id, 1, token: someone.token) }
    for (id, seq, token, status) in [
      (talk.id, 2, person.token, 200), (talk.id, 1, person.token, 200), (talk.id, 3, stranger.token, 404),
      (String(nobody), 3, person.token, 404),
    ] {
      try same(try await ways(id, seq, token: token), status)
    }
    #expect(try await talk.end().status == 200)
    try same(try await ways(talk.id, 9, token: person.token), 410)
  }

  private func same(_ answers: (atOnce: Answer, routed: Answer), _ status: Int) throws {
    let (atOnce, routed) = answers
    #expect(atOnce.status == status && routed.status == status)
    #expect(names(atOnce) == names(routed))
    for name in ["content-type", "cache-control"] {
      #expect(atOnce.response.header(name) == routed.response.header(name))
    }
    #expect(Set(atOnce.json.keys) == Set(routed.json.keys) && !atOnce.json.isEmpty)
    for member in ["state", "code", "title", "end_reason"] {
      #expect(atOnce.json[member] as? String == routed.json[member] as? String)
    }
    #expect(atOnce.response.header("x-request-id") != routed.response.header("x-request-id"))
  }

  private func names(_ answer: Answer) -> [String] { answer.response.headers.map { $0.0.lowercased() }.sorted() }
}
