import Application

/// Maps each error of a service to its status, its sentence and its Retry-After; no other place does. The edge uses the
/// table, so that a route only has to throw. An error without a row is an internal error.
public struct ProblemTable: Sendable {
  private let rows: [@Sendable (any Error) -> Problem?]

  init(_ rows: [@Sendable (any Error) -> Problem?]) { self.rows = rows }

  /// The errors that every service answers in the same way, in every route.
  public static let edge = ProblemTable([
    { error in
      switch error {
      case let problem as Problem: problem
      case is BodyTooSlow: .bodyTooSlow
      // The client is gone and cannot read the response.
      case is IncompleteBodyError: .bodyCutOff
      default: nil
      }
    }
  ])
  .adding(AccessTokenError.self) { error in
    switch error {
    case .invalid: .unauthorized("The access token is not valid, or not any more.")
    case .expired: .unauthorized("The access token has expired.")
    case .keysUnavailable, .revocationsUnavailable: .unavailable("Tokens cannot be checked just now.")
    }
  }
  .adding(WebhookSignatureError.self) { error in
    switch error {
    case .invalidSignature: .unauthorized("The signature is not one of ours.", challenge: .signature)
    }
  }
  .adding(RateLimiterError.self) { _ in .unavailable("The service cannot answer just now.") }
  .adding(IdempotencyError.self) { _ in .unavailable("The service cannot answer just now.") }

  /// The same table with the rows of one more kind of error.
  public func adding<E: StableError>(_ kind: E.Type, _ row: @escaping @Sendable (E) -> ProblemRow) -> ProblemTable {
    ProblemTable(rows + [{ error in (error as? E).map { row($0).problem($0.code) } }])
  }

  /// Nil for an error that is not shown to a client.
  public func problem(for error: any Error) -> Problem? {
    for row in rows { if let problem = row(error) { return problem } }
    return nil
  }
}
