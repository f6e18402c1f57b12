import HTTPTypes
import Application
import Crypto
import Hummingbird

/// Runs a request that creates money or a talk once for its Idempotency-Key, and answers a repeat with the first
/// response.
///
/// Without the header the request simply runs. A refusal is stored as a response like any other, except those that
/// `UncachedRefusal` lists. A 5xx is not stored, so that a repeat may succeed.
public func idempotently(
  _ request: Request, _ context: HTTPRequestContext, route: String, store: any IdempotencyStore,
  required: Bool = false, _ body: (Request) async throws -> Response
) async throws -> Response {
  guard let text = request.headers[.idempotencyKey] else {
    if required { throw Problem(.badRequest, code: "idempotency_key_required", detail: "Send an Idempotency-Key.") }
    return try await body(request)
  }
  guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
    throw Problem(.badRequest, code: "invalid_idempotency_key", detail: "A key has 1 to 255 visible characters.")
  }
  var request = request
  let buffer = try await request.rawBody()
  request.body = .init(buffer: buffer)
  let key = IdempotencyKey(user: try context.requirePrincipal().userID, route: route, key: text)
  switch try await store.begin(key, fingerprint: Array(SHA256.hash(data: buffer.readableBytesView))) {
  case .answered(let answer): return replay(answer)
  case .inFlight:
    throw Problem(
      .conflict, code: UncachedRefusal.inFlight.rawValue, detail: "The first request is still under way.",
      headers: [.retryAfter: "1"])
  case .differs:
    throw Problem(.unprocessableContent, code: "idempotency_key_reused", detail: "This key came with another body.")
  case .first(let token):
    return try await perform(request, context, key, token, store, body)
  }
}

/// The refusals that do not depend on the content of the request. The same request may succeed under the same key.
public enum UncachedRefusal: String, CaseIterable, Sendable {
  /// 401: the client may repeat the request after signing in again.
  case unauthorized
  /// 429: the request came too early.
  case tooManyRequests
  /// 409 with this code: the first request is still in progress.
  case inFlight = "idempotency_in_flight"

  /// Whether a response is stored for its key.
  static func isKept(status: HTTPResponse.Status, code: String? = nil) -> Bool {
    status.code < 500 && status != .unauthorized && status != .tooManyRequests && code != inFlight.rawValue
  }
}

private func perform(
  _ request: Request, _ context: HTTPRequestContext, _ key: IdempotencyKey, _ token: Int64,
  _ store: any IdempotencyStore, _ body: (Request) async throws -> Response
) async throws -> Response {
  do {
    let response = try await body(request)
    if UncachedRefusal.isKept(status: response.status), let bytes = try await collected(response) {
      // The operation is already done. If the response cannot be stored, the operation's own reference makes a repeat
      // harmless.
      try? await store.keep(IdempotentResponse(status: response.status.code, body: bytes), for: key, token: token)
    } else {
      try? await store.abandon(key, token: token)
    }
    return response
  } catch {
    guard let problem = context.problems.problem(for: error),
      UncachedRefusal.isKept(status: problem.status, code: problem.code)
    else {
      try? await store.abandon(key, token: token)
      throw error
    }
    let (_, document) = problem.document(publicURL: context.publicURL, requestID: context.requestID)
    let answer = IdempotentResponse(status: problem.status.code, body: Array(document.readableBytesView))
    try? await store.keep(answer, for: key, token: token)
    throw problem
  }
}

private func replay(_ answer: IdempotentResponse) -> Response {
  var headers: HTTPFields = [.contentType: answer.status < 400 ? "application/json" : "application/problem+json"]
  headers[.idempotentReplayed] = "true"
  return Response(
    status: .init(code: answer.status), headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
}

private func collected(_ response: Response) async throws -> [UInt8]? {
  let sink = Collected()
  try await response.body.write(sink)
  return await sink.box.bytes
}

private struct Collected: ResponseBodyWriter {
  actor Box {
    var bytes: [UInt8] = []
    func add(_ buffer: ByteBuffer) { bytes.append(contentsOf: buffer.readableBytesView) }
  }
  let box = Box()

  func write(_ buffer: ByteBuffer) async throws { await box.add(buffer) }
  func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension HTTPField.Name {
  public static let idempotencyKey = HTTPField.Name("idempotency-key") ?? .eTag
  public static let idempotentReplayed = HTTPField.Name("idempotent-replayed") ?? .eTag
}
