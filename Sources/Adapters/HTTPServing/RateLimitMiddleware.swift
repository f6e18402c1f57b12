import Application
import HTTPTypes
import Hummingbird

/// Counts the requests of a client's subscriber or of a signed-in user, and reports their quota in the response.
///
/// The fields are those of draft-ietf-httpapi-ratelimit-headers-10: `q` requests in `w` seconds, `r` left now, and `t`
/// seconds until one more is. A refused request may be made after `t` too, so `Retry-After` equals it.
public struct RateLimitMiddleware: RouterMiddleware {
  public typealias Context = HTTPRequestContext

  public enum Subject: Sendable { case subscriber, user }

  private let limit: RateLimit
  private let limiter: any RateLimiter
  private let subject: Subject

  public init(_ limit: RateLimit, of subject: Subject, limiter: any RateLimiter) {
    self.limit = limit
    self.limiter = limiter
    self.subject = subject
  }

  public func handle(
    _ request: Request, context: HTTPRequestContext, next: (Request, HTTPRequestContext) async throws -> Response
  ) async throws -> Response {
    let decision = try await limiter.take(limit, subject: try name(request, context))
    guard decision.isAllowed else { throw refusal(decision) }
    do {
      var response = try await next(request, context)
      add(decision, to: &response.headers)
      return response
    } catch {
      guard var problem = context.problems.problem(for: error) else { throw error }
      add(decision, to: &problem.headers)
      throw problem
    }
  }

  private func name(_ request: Request, _ context: HTTPRequestContext) throws -> String {
    switch subject {
    case .subscriber: context.subscriber(request)
    case .user: try context.requirePrincipal().userID.description
    }
  }

  private func refusal(_ decision: RateDecision) -> Problem {
    var headers: HTTPFields = [.retryAfter: String(max(1, decision.retryAfter.roundedUpSeconds))]
    add(decision, to: &headers)
    return Problem(.tooManyRequests, code: "rate_limited", detail: "Too many requests.", headers: headers)
  }

  private func add(_ decision: RateDecision, to headers: inout HTTPFields) {
    headers[.rateLimit] = "\"\(limit.name)\";r=\(decision.remaining);t=\(decision.moreAfter.roundedUpSeconds)"
    headers[.rateLimitPolicy] = "\"\(limit.name)\";q=\(limit.count);w=\(limit.window.roundedUpSeconds)"
  }
}

extension Duration {
  var roundedUpSeconds: Int { Int(clamping: components.seconds.clampedAdding(components.attoseconds > 0 ? 1 : 0)) }
}

extension HTTPField.Name {
  static let rateLimit = HTTPField.Name("ratelimit") ?? .eTag
  static let rateLimitPolicy = HTTPField.Name("ratelimit-policy") ?? .eTag
}
