import Domain

/// The scope of an Idempotency-Key: one user and one route. Responses are stored for 24 hours.
public struct IdempotencyKey: Sendable, Hashable {
  public let user: UserID
  /// The route, such as `POST /billing/orders`.
  public let route: String
  public let key: String

  public init(user: UserID, route: String, key: String) {
    self.user = user
    self.route = route
    self.key = key
  }
}

public struct IdempotentResponse: Sendable, Equatable {
  public let status: Int
  public let body: [UInt8]

  public init(status: Int, body: [UInt8]) {
    self.status = status
    self.body = body
  }
}

public enum IdempotentStart: Sendable, Equatable {
  /// No earlier request had this key, or its process died: perform the request, then call `keep` or `abandon` with this
  /// token.
  case first(token: Int64)
  case answered(IdempotentResponse)
  /// The first request is still in progress.
  case inFlight
  /// The key was used with a different body.
  case differs
}

public enum IdempotencyError: StableError {
  case unavailable
  public var code: String { "idempotency_unavailable" }
}

public protocol IdempotencyStore: Sendable {
  /// - Parameter fingerprint: the SHA-256 of the request's body.
  func begin(_ key: IdempotencyKey, fingerprint: [UInt8]) async throws(IdempotencyError) -> IdempotentStart
  func keep(_ answer: IdempotentResponse, for key: IdempotencyKey, token: Int64) async throws(IdempotencyError)
  /// Removes a request that failed in a way that a repeat may resolve (a 401, a 429, a 5xx).
  func abandon(_ key: IdempotencyKey, token: Int64) async throws(IdempotencyError)
}
