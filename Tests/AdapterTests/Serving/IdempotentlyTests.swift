import Application
import Domain
import Fakes
import Foundation
import HTTPServing
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@Suite("Answers under an Idempotency-Key")
struct IdempotentlyTests {
  private struct SignedIn: RouterMiddleware {
    let claims: AccessTokenClaims

    func handle(
      _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
    ) async throws -> Response {
      var context = context
      context.principal = claims
      return try await next(request, context)
    }
  }

  /// A route that sends the test's responses, one after the other.
  private final class Script: Sendable {
    private let left: Mutex<[Result<Int, Problem>]>
    let runs = Mutex(0)

    init(_ answers: [Result<Int, Problem>]) { left = Mutex(answers) }

    func next() throws -> Response {
      runs.withLock { $0 += 1 }
      let result = left.withLock { $0.isEmpty ? .success(201) : $0.removeFirst() }
      return try json(["answer": try result.get()], status: .created)
    }
  }

  private func serving(
    _ answers: [Result<Int, Problem>], _ test: @Sendable @escaping (any TestClientProtocol, Script) async throws -> Void
  ) async throws {
    let (script, store) = (Script(answers), InMemoryIdempotencyStore())
    let now = Date()
    let claims = AccessTokenClaims(
      userID: UserID(UUID()), deviceID: DeviceID(UUID()), scope: [], issuedAt: now, authenticatedAt: now,
      expiresAt: now + 60)
    let router = Serving.router()
    router.group().add(middleware: SignedIn(claims: claims)).post("/things") { request, context in
      try await idempotently(request, context, route: "POST /things", store: store) { _ in try script.next() }
    }
    let application = Serving.application(
      router, host: "127.0.0.1", port: 0, name: "test", publicURL: "http://localhost", logger: Logger(label: "tests"))
    try await application.test(.router) { client in try await test(client, script) }
  }

  private static func post(_ client: any TestClientProtocol, _ body: String, key: String = "k") async throws
    -> TestResponse
  {
    try await client.execute(
      uri: "/things", method: .post, headers: [.idempotencyKey: key, .contentType: "application/json"],
      body: ByteBuffer(string: body))
  }

  @Test(
    "a refusal is kept: the same request gets it again, and another body gets 422",
    arguments: [
      HTTPResponse.Status.badRequest, .init(code: 402), .forbidden, .notFound, .conflict, .gone, .unsupportedMediaType,
      .unprocessableContent,
    ])
  func refusals(status: HTTPResponse.Status) async throws {
    try await serving([.failure(Problem(status, code: "no"))]) { client, script in
      let first = try await Self.post(client, "{}")
      let again = try await Self.post(client, "{}")
      let other = try await Self.post(client, #"{"a":1}"#)
      let (told, repeated) = (String(buffer: first.body), String(buffer: again.body))
      #expect(first.status == status && again.status == status && told == repeated && told.contains("\"no\""))
      #expect(again.headers[.contentType] == "application/problem+json")
      #expect(again.headers[.idempotentReplayed] == "true" && first.headers[.idempotentReplayed] == nil)
      #expect(other.status == .unprocessableContent && String(buffer: other.body).contains("idempotency_key_reused"))
      #expect(script.runs.withLock { $0 } == 1)
    }
  }

  @Test(
    "an answer that does not depend on the request alone is not kept, such as 401, 429, an in-flight conflict or 5xx",
    arguments: [
      Problem.unauthorized("token_expired"), Problem(.tooManyRequests, code: "too_many_requests"),
      Problem(.conflict, code: "idempotency_in_flight"), Problem.unavailable("away"),
      Problem(.internalServerError, code: "internal_error"),
    ])
  func notKept(problem: Problem) async throws {
    try await serving([.failure(problem), .success(2)]) { client, script in
      let (first, other) = (try await Self.post(client, "{}"), try await Self.post(client, #"{"a":1}"#))
      #expect(first.status == problem.status && other.status == .created)
      #expect(script.runs.withLock { $0 } == 2)
    }
  }

  @Test("a stored answer is given again, marked as a repeat")
  func answers() async throws {
    try await serving([.success(1), .success(2)]) { client, script in
      let (first, again) = (try await Self.post(client, "{}"), try await Self.post(client, "{}"))
      #expect(first.status == .created && again.status == .created && again.body == first.body)
      #expect(again.headers[.contentType] == "application/json" && again.headers[.idempotentReplayed] == "true")
      let other = try await Self.post(client, "{}", key: "l")
      #expect(other.status == .created)
      #expect(script.runs.withLock { $0 } == 2)
    }
  }

  @Test("a key is 1 to 255 visible characters", arguments: ["", String(repeating: "k", count: 256), "a b"])
  func keys(key: String) async throws {
    try await serving([]) { client, script in
      let answer = try await Self.post(client, "{}", key: key)
      #expect(answer.status == .badRequest)
      #expect(script.runs.withLock { $0 } == 0)
    }
  }
}
