import Application
import Domain
import Fakes
import Foundation
import Testing

@testable import AuthService

@Suite("The cookie of a known device")
struct KnownDeviceCookieTests {
  @Test("a browser that signs in gets it beside the refresh token, and a client that is no browser gets none")
  func given() async throws {
    let stage = try AuthStage()
    let call = Call.post("/auth/login", body: AuthStage.login)
    let none = try await stage.answer(call)
    #expect(none.cookies.isEmpty)
    let browser = try await stage.answer(call.with("x-session", "cookie").with("origin", AuthStage.publicURL))
    let given = browser.cookies
    #expect(given.count == 2 && given[0].hasPrefix("tt_refresh=") && given[1].hasPrefix("tt_known="))
    #expect(given[1].hasSuffix("; HttpOnly; SameSite=Strict; Path=/auth; Max-Age=34560000"))
  }

  @Test("with it, the owner signs in after a stranger's wrong passwords, and keeps the proof")
  func used() async throws {
    let stage = try AuthStage()
    let call = Call.post("/auth/login", body: AuthStage.login).with("x-session", "cookie")
      .with("origin", AuthStage.publicURL)
    let known = try #require(try await stage.answer(call).cookies.last?.prefix { $0 != ";" })
    try await stage.attemptPasswords(10)
    #expect(try await stage.answer(call).status == 429)
    let signedIn = try await stage.answer(call.with("cookie", String(known)))
    #expect(signedIn.status == 200)
    #expect(signedIn.cookies.last?.hasPrefix(known) == true)
  }

  @Test("a browser that uses a mail of the account gets it, and its owner signs in whatever a stranger goes on with")
  func byMail() async throws {
    for isReset in [true, false] {
      let stage = try AuthStage()
      try await stage.attemptPasswords(10)
      let token = try await stage.link(isReset ? .resetPassword : .verifyEmail)
      let call =
        isReset
        ? Call.post("/auth/password/reset", body: "{\"token\":\"\(token)\",\"password\":\"\(AuthStage.password)\"}")
        : Call.post("/auth/email/verify", body: "{\"token\":\"\(token)\"}")
      let used = try await stage.answer(call.with("x-session", "cookie").with("origin", AuthStage.publicURL))
      #expect(used.status == 204 && used.cookies.count == 1)
      let known = try #require(used.cookies.first?.prefix { $0 != ";" })
      #expect(known.hasPrefix("tt_known="))
      try await stage.attemptPasswords(10)
      let login = Call.post("/auth/login", body: AuthStage.login).with("x-session", "cookie")
        .with("origin", AuthStage.publicURL)
      #expect(try await stage.answer(login).status == 429)
      #expect(try await stage.answer(login.with("cookie", String(known))).status == 200)
    }
  }

  @Test("a reset leaves one count to all browsers that were known before, and the one that resets has its own again")
  func reset() async throws {
    let stage = try AuthStage()
    let login = Call.post("/auth/login", body: AuthStage.login).with("x-session", "cookie")
      .with("origin", AuthStage.publicURL)
    let before = try #require(try await stage.answer(login).cookies.last?.prefix { $0 != ";" })
    let body = "{\"token\":\"\(try await stage.link(.resetPassword))\",\"password\":\"\(AuthStage.password)\"}"
    let reset = Call.post("/auth/password/reset", body: body).with("x-session", "cookie")
      .with("origin", AuthStage.publicURL).with("cookie", String(before))
    let after = try #require(try await stage.answer(reset).cookies.first?.prefix { $0 != ";" })
    #expect(after.hasPrefix("tt_known=") && !after.contains("~"))
    try await stage.attemptPasswords(10)
    #expect(try await stage.answer(login.with("cookie", String(before))).status == 200)
    try await stage.attemptPasswords(10, from: DeviceID(stage.serving.user.uuid))
    #expect(try await stage.answer(login.with("cookie", String(before))).status == 429)
    #expect(try await stage.answer(login.with("cookie", String(after))).status == 200)
  }

  @Test(
    "a browser that ends all other devices is known by the answer, and by none without asking",
    arguments: ["password", "devices", "app"])
  func changed(what: String) async throws {
    for isBrowser in [true, false] {
      let stage = try AuthStage()
      try await stage.serving.revocations.fill(with: [], whole: true)
      try await stage.openOwnDevice()
      let call: Call
      switch what {
      case "password":
        let body = "{\"current_password\":\"\(AuthStage.password)\",\"password\":\"a quiet lake\"}"
        call = .post("/auth/password/change", stage.serving.token, body: body)
      case "devices": call = .other(.delete, "/auth/sessions", stage.serving.token)
      default:
        let code = try await stage.begun().code()
        call = .post("/auth/totp/confirm", stage.serving.token, body: "{\"code\":\"\(code)\"}")
      }
      let answer = try await stage.answer(
        isBrowser ? call.with("x-session", "cookie").with("origin", AuthStage.publicURL) : call)
      #expect([200, 204].contains(answer.status) && answer.cookies.count == (isBrowser ? 1 : 0))
      guard isBrowser else { continue }
      let known = try #require(answer.cookies.first?.prefix { $0 != ";" })
      _ = try await stage.answer(.post("/auth/logout", stage.serving.token))
      try await stage.attemptPasswords(10)
      let password = what == "password" ? "a quiet lake" : AuthStage.password
      let login = Call.post(
        "/auth/login", body: "{\"email\":\"\(AuthStage.email)\",\"password\":\"\(password)\"}")
      #expect(try await stage.answer(login).status == 429)
      let signedIn = try await stage.answer(login.with("cookie", String(known)))
      #expect(what == "app" ? signedIn.code == "second_factor_required" : signedIn.status == 200)
    }
  }

  @Test("a browser that stays signed in while all others end is known again with its next refresh")
  func refreshed() async throws {
    let stage = try AuthStage()
    let login = Call.post("/auth/login", body: AuthStage.login).with("x-session", "cookie")
      .with("origin", AuthStage.publicURL)
    let given = try await stage.answer(login).cookies.map { $0.prefix { $0 != ";" } }
    let device = try #require(stage.devices.open.first)
    try await stage.devices.endAll(of: stage.serving.user, except: device, cause: .signedOutElsewhere)
    let refresh = Call.post("/auth/refresh").with("x-session", "cookie").with("origin", AuthStage.publicURL)
      .with("content-type", "application/json").with("cookie", given.joined(separator: "; "))
    let known = try #require(try await stage.answer(refresh).cookies.last?.prefix { $0 != ";" })
    #expect(known.hasPrefix("tt_known=") && known != given.last)
    try await stage.attemptPasswords(10)
    #expect(try await stage.answer(login.with("cookie", String(known))).status == 200)
  }

  @Test("a link that is refused, and a client that is no browser, get none")
  func notByMail() async throws {
    let stage = try AuthStage()
    let token = try await stage.link()
    let browser = Call.post("/auth/email/verify", body: "{\"token\":\"none\"}").with("x-session", "cookie")
      .with("origin", AuthStage.publicURL)
    #expect(try await stage.answer(browser).cookies.isEmpty)
    let other = try await stage.answer(.post("/auth/email/verify", body: "{\"token\":\"\(token)\"}"))
    #expect(other.status == 204 && other.cookies.isEmpty)
  }

  @Test("it holds the proofs of four accounts at most, and nothing that was not sent as a proof")
  func bounded() async throws {
    let stage = try AuthStage()
    let given = ["a.1", "b.2", "c.3", "d.4", "e.5"].joined(separator: "~")
    let call = Call.post("/auth/login", body: AuthStage.login).with("x-session", "cookie")
      .with("origin", AuthStage.publicURL).with("cookie", "other=1; tt_known=\(given)~x\u{22}y")
    let value = try #require(try await stage.answer(call).cookies.last?.prefix { $0 != ";" })
    let proofs = value.dropFirst("tt_known=".count).split(separator: "~")
    #expect(proofs.count == 4 && proofs.dropFirst() == ["a.1", "b.2", "c.3"])
  }
}
