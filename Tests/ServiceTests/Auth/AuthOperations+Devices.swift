import Application
import Domain
import Foundation

@testable import AuthService

extension AuthOperations {
  static let devices: [Operation<Stage>] = {
    let logout: Request = { stage in .post("/auth/logout", stage.serving.token, body: "{}") }
    let list: Request = { stage in .get("/auth/sessions", stage.serving.token) }
    let endOthers: Request = { stage in .other(.delete, "/auth/sessions", stage.serving.token) }
    let end: Request = { stage in
      let device = NewDevice(
        id: DeviceID(UUID()), tokenHash: [1], authenticatedAt: Date(), methods: ["pwd"], userAgent: nil)
      try await stage.ports.devices.open(device, user: stage.serving.user)
      return .other(.delete, "/auth/sessions/\(device.id)", stage.serving.token)
    }
    return [
      Operation(
        "POST /auth/logout", 204, [.rateLimit, .json], logout,
        [
          away(logout),
          Refusal(400, "invalid_request", "a token that is no text") { _ in
            .post("/auth/logout", body: "{\"refresh_token\":1}")
          },
          Refusal(403, "foreign_origin", "a page of another site") { stage in
            try await logout(&stage).with("origin", "http://elsewhere")
          },
          Refusal(403, "foreign_origin", "the cookie, sent without an Origin") { _ in
            .post("/auth/logout").with("cookie", "tt_refresh=token")
          },
          Refusal(403, "foreign_origin", "the cookie, with almost JSON") { _ in
            .post("/auth/logout").with("cookie", "tt_refresh=token").with("origin", Stage.publicURL)
              .with("content-type", "application/jsonx")
          },
          Refusal(503, "keys_unavailable", "no keys") { stage in
            let call = try await logout(&stage)
            stage.serving.tokens.refuse(with: .keysUnavailable)
            return call
          },
        ]),
      Operation(
        "GET /auth/trail", 200, Guard.signedIn.union([.page]), { stage in .get("/auth/trail", stage.serving.token) },
        [
          Refusal(503, "identity_unavailable", "the database away") { stage in
            stage.ports.trail = FailingIdentity()
            return .get("/auth/trail", stage.serving.token)
          }
        ]),
      Operation("GET /auth/sessions", 200, Guard.signedIn.union([.page]), list, [away(list)]),
      Operation("DELETE /auth/sessions", 204, Guard.signedIn, endOthers, [away(endOthers)]),
      Operation(
        "DELETE /auth/sessions/{id}", 204, Guard.signedIn, end,
        [
          Refusal(503, "identity_unavailable", "the database away") { stage in
            let call = try await end(&stage)
            stage.ports.devices = FailingIdentity()
            return call
          },
          Refusal(404, "not_found", "another's device") { stage in
            let other = NewDevice(
              id: DeviceID(UUID()), tokenHash: [2], authenticatedAt: Date(), methods: ["pwd"], userAgent: nil)
            try await stage.ports.devices.open(other, user: UserID(UUID()))
            return .other(.delete, "/auth/sessions/\(other.id)", stage.serving.token)
          },
          Refusal(404, "not_found", "no id") { stage in
            .other(.delete, "/auth/sessions/x", stage.serving.token)
          },
        ]),
    ]
  }()
}
