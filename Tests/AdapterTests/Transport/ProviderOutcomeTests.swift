import Testing

@testable import HTTPTransport

@Suite("What came of a call of a provider")
struct ProviderOutcomeTests {
  @Test(
    "is the class of the answer's status, but for too many requests",
    arguments: [(200, "2xx"), (204, "2xx"), (302, "3xx"), (404, "4xx"), (429, "429"), (503, "5xx")])
  func status(status: Int, outcome: String) {
    #expect(
      GuardedRequestSender.outcome(.success(HTTPClientResponse(status: status, headers: [], body: []))) == outcome)
  }

  @Test("is the error where there is no answer")
  func errors() {
    let errors: [(TransportError, String)] = [
      (.connect, "unreachable"), (.tls, "unreachable"), (.timeout(sent: true), "timeout"), (.broken, "broken"),
      (.tooLarge, "too_large"), (.cancelled, "cancelled"), (.overloaded, "overloaded"), (.closed, "closed"),
      (.circuitOpen(retryAfter: .zero), "circuit_open"), (.invalidRequest, "invalid_request"),
    ]
    for (error, outcome) in errors { #expect(GuardedRequestSender.outcome(.failure(error)) == outcome) }
  }
}
