import Application
import Domain
import Testing

@testable import AuthService

@Suite("Registering without telling who has an account")
struct VerifyFirstTests {
  private let stage: AuthStage
  init() throws { stage = try AuthStage(["SIGNUP": "verify_first"]) }

  private func body(_ email: String, _ password: String = "a quiet lake") -> String {
    "{\"email\":\"\(email)\",\"password\":\"\(password)\"}"
  }

  @Test("a new address and one with an account get the same answer at the same cost, and the mail tells which it is")
  func alike() async throws {
    let before = stage.passwords.hashings
    let new = try await stage.answer(.post("/auth/register", body: body("ravi@example.com")))
    let cost = stage.passwords.hashings - before
    let taken = try await stage.answer(.post("/auth/register", body: body(AuthStage.email)))
    #expect(new.status == 202 && taken.status == 202 && new.body.isEmpty && taken.body.isEmpty)
    #expect(stage.passwords.hashings - before == 2 * cost)
    #expect(Set(new.headers.keys) == Set(taken.headers.keys) && new.cookies.isEmpty)
    #expect(stage.accounts.requested(.verifyEmail).count == 1 && stage.accounts.requested(.resetPassword).count == 1)
    #expect(stage.devices.open.isEmpty)
  }

  @Test("before the proof, the right password of a new account is answered as a wrong one of another's")
  func needsProof() async throws {
    _ = try await stage.answer(.post("/auth/register", body: body("ravi@example.com")))
    _ = try await stage.answer(.post("/auth/register", body: body(AuthStage.email)))
    let (own, other) = (
      try await stage.answer(.post("/auth/login", body: body("ravi@example.com"))),
      try await stage.answer(.post("/auth/login", body: body(AuthStage.email)))
    )
    #expect(own.status == 401 && own.code == "invalid_credentials" && other.status == 401 && other.code == own.code)
    let id = try #require(stage.accounts.requested(.verifyEmail).last)
    try await stage.accounts.verifyEmail(by: try #require(try await stage.accounts.link(id)))
    #expect(try await stage.answer(.post("/auth/login", body: body("ravi@example.com"))).status == 200)
    #expect(try await stage.answer(.post("/auth/login", body: AuthStage.login)).status == 401)
  }

  @Test("a registration between wrong passwords shows nothing in how they are answered, and the proof forgets them")
  func guessing() async throws {
    let id = try await stage.link()
    _ = try await stage.answer(.post("/auth/email/verify", body: "{\"token\":\"\(id)\"}"))
    var answers: [[Int]] = []
    for email in [AuthStage.email, "ravi@example.com"] {
      let wrong = Call.post("/auth/login", body: body(email, "a wrong lake"))
      var statuses: [Int] = []
      for _ in 0..<12 { statuses.append(try await stage.answer(wrong).status) }
      statuses.append(try await stage.answer(.post("/auth/register", body: body(email))).status)
      for _ in 0..<2 { statuses.append(try await stage.answer(wrong).status) }
      answers.append(statuses)
    }
    #expect(answers[0] == Array(repeating: 401, count: 10) + [429, 429, 202, 429, 429])
    #expect(answers[1] == answers[0])
    let mailed = try await stage.token(of: try #require(stage.accounts.requested(.verifyEmail).last))
    _ = try await stage.answer(.post("/auth/email/verify", body: "{\"token\":\"\(mailed)\"}"))
    #expect(try await stage.answer(.post("/auth/login", body: body("ravi@example.com"))).status == 200)
  }

  @Test("the right password of a new account costs as many hashes as a wrong one of another's, however it is typed")
  func cost() async throws {
    let decomposed = "a quiet cafe\u{301}"
    _ = try await stage.answer(.post("/auth/email/verify", body: "{\"token\":\"\(try await stage.link())\"}"))
    var costs: [Int] = []
    for email in ["ravi@example.com", AuthStage.email] {
      _ = try await stage.answer(.post("/auth/register", body: body(email, decomposed)))
      let before = stage.passwords.hashings
      #expect(try await stage.answer(.post("/auth/login", body: body(email, decomposed))).status == 401)
      costs.append(stage.passwords.hashings - before)
    }
    #expect(costs == [2, 2])
  }

  @Test("whoever registers first gets nothing by a link that was mailed before the reader of the mail registered")
  func squatter() async throws {
    _ = try await stage.answer(.post("/auth/register", body: body("ravi@example.com", "a squatter's lake")))
    let first = try await stage.token(of: try #require(stage.accounts.requested(.verifyEmail).last))
    _ = try await stage.answer(.post("/auth/register", body: body("ravi@example.com", "an owner's lake")))
    let older = try await stage.answer(.post("/auth/email/verify", body: "{\"token\":\"\(first)\"}"))
    #expect(older.status == 409 && older.code == "new_password_required")
    for password in ["a squatter's lake", "an owner's lake"] {
      #expect(try await stage.answer(.post("/auth/login", body: body("ravi@example.com", password))).status == 401)
    }
    let second = try await stage.token(of: try #require(stage.accounts.requested(.resetPassword).last))
    let chosen = "{\"token\":\"\(second)\",\"password\":\"an owner's lake\"}"
    #expect(try await stage.answer(.post("/auth/password/reset", body: chosen)).status == 204)
    for (password, status) in [("a squatter's lake", 401), ("an owner's lake", 200)] {
      let login = Call.post("/auth/login", body: body("ravi@example.com", password))
      #expect(try await stage.answer(login).status == status)
    }
  }

  @Test("a stranger with an older session mails no link that confirms the stranger's password")
  func olderSession() async throws {
    let stranger = try #require(EmailAddress(AuthStage.email))
    _ = try await stage.answer(.post("/auth/register", body: body(stranger.text, "an owner's lake")))
    try await stage.serving.revocations.fill(with: [], whole: true)
    #expect(try await stage.answer(.post("/auth/email/resend", stage.serving.token)).status == 202)
    let token = try await stage.token(of: try #require(stage.accounts.requested(.verifyEmail).last))
    let used = try await stage.answer(.post("/auth/email/verify", body: "{\"token\":\"\(token)\"}"))
    #expect(used.status == 409 && used.code == "new_password_required")
  }

  @Test("whoever goes on registering an address keeps nobody from it: the link from before chooses the password, once")
  func goingOn() async throws {
    let own = try #require(EmailAddress("ravi@example.com"))
    // The address has had its mails before anybody registers it.
    for _ in 0..<3 { try await stage.accounts.requestPasswordReset(of: own) }
    _ = try await stage.answer(.post("/auth/register", body: body("ravi@example.com", "an owner's lake")))
    for _ in 0..<5 {
      _ = try await stage.answer(.post("/auth/register", body: body("ravi@example.com", "a stranger's lake")))
    }
    let mails = (stage.accounts.requested(.verifyEmail), stage.accounts.requested(.resetPassword))
    #expect(mails.0.count == 1 && mails.1.isEmpty)
    let token = try await stage.token(of: try #require(mails.0.last))
    #expect(try await stage.answer(.post("/auth/email/verify", body: "{\"token\":\"\(token)\"}")).status == 409)
    let chosen = Call.post("/auth/password/reset", body: "{\"token\":\"\(token)\",\"password\":\"an owner's own\"}")
    #expect(try await stage.answer(chosen).status == 204)
    #expect(try await stage.answer(chosen).status == 400)
    for (password, status) in [("an owner's lake", 401), ("a stranger's lake", 401), ("an owner's own", 200)] {
      let login = Call.post("/auth/login", body: body("ravi@example.com", password))
      #expect(try await stage.answer(login).status == status)
    }
  }

  @Test("a common password is refused, for both")
  func policy() async throws {
    for email in ["ravi@example.com", AuthStage.email] {
      #expect(try await stage.answer(.post("/auth/register", body: body(email, "12345678"))).status == 400)
    }
  }
}
