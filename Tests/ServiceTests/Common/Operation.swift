import Application
import Domain
import Foundation

/// The checks before a route, which determine the errors that the route can give besides its own.
enum Guard: CaseIterable, Sendable {
  /// A bearer token that is verified.
  case token
  /// The token has not been revoked.
  case revocations
  case operatorScope
  /// An operator with the role `finance` or `admin`.
  case financeRole
  case adminRole
  /// A sign-in of the last 15 minutes.
  case recentSignIn
  case rateLimit
  case idempotencyKey
  case requiredIdempotencyKey
  /// A body in JSON.
  case json
  /// `limit` and `cursor`.
  case page

  static let signedIn: Set<Guard> = [.token, .revocations]
  static let operators: Set<Guard> = [.token, .revocations, .operatorScope]
  static let financeOperators = operators.union([.financeRole])
  static let adminOperators = operators.union([.adminRole])
}

/// An error that an operation can give, and a request that gets it.
struct Refusal<Stage: ServiceStage>: Sendable {
  let what: String
  let status: Int
  let code: String
  let call: @Sendable (inout Stage) async throws -> Call

  init(
    _ status: Int, _ code: String, _ what: String, _ call: @escaping @Sendable (inout Stage) async throws -> Call
  ) {
    self.what = what
    self.status = status
    self.code = code
    self.call = call
  }
}

/// A route with a request that succeeds, and all errors that the route can give.
struct Operation<Stage: ServiceStage>: Sendable {
  /// Such as `GET /billing/orders/{id}`.
  let name: String
  let success: Int
  let guards: Set<Guard>
  let call: @Sendable (inout Stage) async throws -> Call
  let refusals: [Refusal<Stage>]

  init(
    _ name: String, _ success: Int, _ guards: Set<Guard> = [],
    _ call: @escaping @Sendable (inout Stage) async throws -> Call, _ refusals: [Refusal<Stage>] = []
  ) {
    self.name = name
    self.success = success
    self.guards = guards
    self.call = call
    self.refusals = refusals
  }

  /// Every error of the operation, with those of the checks before it.
  var all: [Refusal<Stage>] {
    particular + [
      changed(415, "content_encoding", "a body that is compressed") { call, _ in call.with("content-encoding", "gzip") }
    ]
  }

  /// The errors that only some operations give.
  private var particular: [Refusal<Stage>] {
    Guard.allCases.filter(guards.contains).flatMap(refusals(of:)) + refusals
  }

  /// Status and code of each error, as docs/errors.md lists them.
  var listed: [String] { Set(particular.map { "\($0.status) `\($0.code)`" }).sorted() }

  /// The least role of an operator; nil for an operation that is not for operators alone.
  var leastRole: OperatorRole? {
    guard guards.contains(.operatorScope) else { return nil }
    return guards.contains(.adminRole) ? .admin : guards.contains(.financeRole) ? .finance : .support
  }

  private func refusals(of standing: Guard) -> [Refusal<Stage>] {
    switch standing {
    case .token: tokenRefusals
    case .revocations: revocationRefusals
    case .operatorScope:
      [changed(403, "forbidden", "a user's token") { call, stage in call.signed(stage.serving.token) }]
    case .financeRole, .adminRole:
      OperatorRole.allCases.filter { role in leastRole.map { role < $0 } ?? false }.map { role in
        changed(403, "role_required", "an operator with the role \(role)") { call, stage in
          call.signed(stage.serving.operatorToken(role))
        }
      }
    case .recentSignIn:
      [
        changed(401, "reauthentication_required", "a sign-in of yesterday") { call, stage in
          call.signed(stage.serving.token(of: stage.serving.user, scope: ["operator"], signedIn: 86_400))
        }
      ]
    case .rateLimit: limitRefusals
    case .idempotencyKey: keyRefusals
    case .requiredIdempotencyKey:
      [changed(400, "idempotency_key_required", "no key") { call, _ in call.with("idempotency-key", nil) }]
    case .json: bodyRefusals
    case .page:
      [
        changed(400, "invalid_request", "a limit of 0") { call, _ in call.with(query: "limit=0") },
        changed(400, "invalid_request", "a cursor of another's") { call, _ in call.with(query: "cursor=%21") },
      ]
    }
  }

  private var tokenRefusals: [Refusal<Stage>] {
    [
      changed(401, "missing_token", "no token") { call, _ in call.signed(nil) },
      changed(401, "invalid_token", "another scheme") { call, _ in call.with("authorization", "Basic abc") },
      changed(401, "invalid_token", "a token of nobody") { call, _ in call.signed("nobody") },
      changed(401, "token_expired", "a token that has run out") { call, stage in
        stage.serving.tokens.refuse(with: .expired)
        return call
      },
      changed(503, "keys_unavailable", "no keys") { call, stage in
        stage.serving.tokens.refuse(with: .keysUnavailable)
        return call
      },
    ]
  }

  private var revocationRefusals: [Refusal<Stage>] {
    [
      changed(401, "invalid_token", "a device that was ended") { call, stage in
        try await stage.serving.revocations.revoke(stage.serving.device, user: stage.serving.user)
        return call
      },
      changed(503, "keys_unavailable", "no revocations") { call, stage in
        stage.serving.revocations.setAway(true)
        return call
      },
    ]
  }

  private var limitRefusals: [Refusal<Stage>] {
    [
      changed(429, "rate_limited", "too many requests") { call, stage in
        stage.serving.limiter.exhaust()
        return call
      },
      changed(503, "limits_unavailable", "no limits") { call, stage in
        stage.serving.limiter.setAway(true)
        return call
      },
    ]
  }

  private var keyRefusals: [Refusal<Stage>] {
    let answers: [(Int, String, Result<IdempotentStart, IdempotencyError>)] = [
      (409, "idempotency_in_flight", .success(.inFlight)), (422, "idempotency_key_reused", .success(.differs)),
      (503, "idempotency_unavailable", .failure(.unavailable)),
    ]
    let long = String(repeating: "k", count: 256)
    return [
      changed(400, "invalid_idempotency_key", "a long key") { call, _ in call.with("idempotency-key", long) }
    ]
      + answers.map { status, code, start in
        changed(status, code, "\(start)") { call, stage in
          stage.serving.answers.answer(with: start)
          return call.with("idempotency-key", "k")
        }
      }
  }

  private var bodyRefusals: [Refusal<Stage>] {
    let long = "{\"x\":\"\(String(repeating: "x", count: 70_000))\"}"
    return [
      changed(415, "unsupported_media_type", "plain text") { call, _ in call.with("content-type", "text/plain") },
      changed(400, "invalid_body", "half an object") { call, _ in call.with(body: "{", key: nil) },
      changed(413, "body_too_large", "a long body") { call, _ in call.with(body: long, key: nil) },
    ]
  }

  /// The request that succeeds, with one change.
  private func changed(
    _ status: Int, _ code: String, _ what: String,
    _ change: @escaping @Sendable (Call, inout Stage) async throws -> Call
  ) -> Refusal<Stage> {
    Refusal(status, code, what) { [call] stage in
      let good = try await call(&stage)
      return try await change(good, &stage)
    }
  }
}
