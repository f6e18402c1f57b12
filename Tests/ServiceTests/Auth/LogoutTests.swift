import Application
import Domain
import Foundation
import Testing

@testable import AuthService

@Suite("Signing out")
struct LogoutTests {
  private let stage: AuthStage
  init() throws { stage = try AuthStage() }

  /// A browser's sign-in: the value of its cookie, and its device.
  private func signedIn() async throws -> (cookie: String, device: DeviceID) {
    let before = stage.devices.open
    let answer = try await stage.answer(own(.post("/auth/login", body: AuthStage.login)))
    let header = try #require(answer.headers["set-cookie"])
    #expect(header.hasPrefix("tt_refresh=tt_r_") && header.contains("HttpOnly") && header.contains("Max-Age=2592000"))
    let cookie = String(header.prefix { $0 != ";" })
    return (cookie, try #require(stage.devices.open.subtracting(before).first))
  }

  private func own(_ call: Call) -> Call {
    call.with("x-session", "cookie").with("origin", AuthStage.publicURL).with("content-type", "application/json")
  }

  private func token(of device: DeviceID, expiresIn life: Double = 3_600) -> String {
    let now = stage.serving.clock.now()
    return stage.serving.tokens.issue(
      AccessTokenClaims(
        userID: stage.serving.user, deviceID: device, scope: [], issuedAt: now, authenticatedAt: now,
        expiresAt: now + life))
  }

  private func refresh(_ cookie: String) async throws -> Int {
    try await stage.answer(own(.post("/auth/refresh")).with("cookie", cookie)).status
  }

  /// The cookie names the device when the access token does not.
  enum Bearer: CaseIterable { case none, garbage, expired, endedBefore, otherScheme }

  @Test("the cookie signs its device out, whatever the access token is", arguments: Bearer.allCases)
  func byCookie(bearer: Bearer) async throws {
    let (cookie, device) = try await signedIn()
    var call = own(.post("/auth/logout")).with("cookie", cookie)
    switch bearer {
    case .none: break
    case .garbage: call = call.signed("garbage")
    case .otherScheme: call = call.with("authorization", "Basic abc")
    case .expired:
      call = call.signed(token(of: device))
      stage.serving.tokens.refuse(with: .expired)
    case .endedBefore:
      let other = try await signedIn().device
      call = call.signed(token(of: other))
      _ = try await stage.devices.end(other, user: stage.serving.user, cause: .signedOutElsewhere)
    }
    let answer = try await stage.answer(call)
    #expect(answer.status == 204)
    #expect(answer.headers["set-cookie"]?.contains("tt_refresh=; ") == true)
    #expect(answer.headers["set-cookie"]?.contains("Max-Age=0") == true)
    #expect(stage.devices.causes[device] == .signedOut)
    #expect(try await refresh(cookie) == 401)
  }

  @Test("an access token that is accepted signs its own device out, and no other")
  func byBearer() async throws {
    let (cookie, device) = try await signedIn()
    let (other, _) = try await signedIn()
    let answer = try await stage.answer(own(.post("/auth/logout")).with("cookie", other).signed(token(of: device)))
    #expect(answer.status == 204 && stage.devices.ended == [device])
    #expect(try await refresh(cookie) == 401)
    #expect(try await refresh(other) == 200)
  }

  @Test("a client that is no browser signs out by its refresh token")
  func byBody() async throws {
    let refresh = try await stage.refreshToken()
    let device = try #require(stage.devices.open.first)
    let answer = try await stage.answer(.post("/auth/logout", body: "{\"refresh_token\":\"\(refresh)\"}"))
    #expect(answer.status == 204 && stage.devices.causes[device] == .signedOut)
  }

  @Test("a page of another site signs nobody out", arguments: ["http://elsewhere", "http://localhost:81", "null"])
  func foreign(origin: String) async throws {
    let (cookie, device) = try await signedIn()
    for token in [nil, token(of: device)] {
      let call = own(.post("/auth/logout")).with("cookie", cookie).with("origin", origin).signed(token)
      let answer = try await stage.answer(call)
      #expect(answer.status == 403 && answer.headers["set-cookie"] == nil)
    }
    #expect(stage.devices.ended.isEmpty)
  }

  @Test(
    "the cookie is read with JSON only, by its parsed media type",
    arguments: [
      ("application/json", 200), ("Application/JSON ; charset=utf-8", 200), ("application/jsonx", 403),
      ("application/json-seq", 403), ("text/plain; application/json", 403), (";application/json", 403), ("", 403),
    ])
  func mediaType(type: String, status: Int) async throws {
    let (cookie, _) = try await signedIn()
    let call = own(.post("/auth/refresh")).with("cookie", cookie).with("content-type", type)
    #expect(try await stage.answer(call).status == status)
  }

  @Test("signing out without any token succeeds")
  func nothing() async throws {
    #expect(try await stage.answer(.post("/auth/logout")).status == 204)
  }
}
