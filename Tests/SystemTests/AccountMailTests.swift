import Foundation
import Testing

@Suite("Mails about an account, through Caddy", .serialized)
struct AccountMailTests {
  private let password = "a quiet mountain lake"

  private func login(_ suite: Suite, _ email: String, _ password: String) async throws -> Answer {
    try await suite.call("POST", "/auth/login", body: ["email": email, "password": password])
  }

  private func forgot(_ suite: Suite, _ email: String) async throws -> Int {
    try await suite.call("POST", "/auth/password/forgot", body: ["email": email]).status
  }

  private func use(_ suite: Suite, _ path: String, _ token: String, password: String? = nil) async throws -> Answer {
    var body = ["token": token]
    body["password"] = password
    return try await suite.call("POST", path, body: body)
  }

  private func isAlive(_ person: Person) async throws -> Bool { try await person.call("GET", "/auth/me").status == 200 }

  @Test("a forgotten password is reset once, and every device and token of before ends everywhere")
  func reset() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let signedIn = try await login(suite, person.email, password)
    let refresh = try signedIn.text("refresh_token")
    #expect(try await forgot(suite, person.email.uppercased()) == 202)
    let token = try await person.link("choose a new password", "reset")
    #expect(try await use(suite, "/auth/password/reset", token, password: person.email).status == 400)
    #expect(try await use(suite, "/auth/password/reset", token, password: "another mountain lake").status == 204)
    let again = try await use(suite, "/auth/password/reset", token, password: "a third mountain lake")
    #expect(again.status == 400)
    #expect(try again.text("code") == "invalid_token")

    let other = Person(suite: suite, email: person.email, id: person.id, token: try signedIn.text("access_token"))
    for old in [person, other] {
      #expect(try await !isAlive(old))
      #expect(try await old.balance().status == 401)
    }
    #expect(try await suite.call("POST", "/auth/refresh", body: ["refresh_token": refresh]).status == 401)
    #expect(try await login(suite, person.email, password).status == 401)
    let now = try await login(suite, person.email, "another mountain lake")
    #expect(now.status == 200)
    #expect((now.json["user"] as? [String: Any])?["email_verified"] as? Bool == true)
    _ = try await person.mail("password was changed")
  }

  @Test("a hundred requests for a reset are three mails, and an unknown address gets the same answer")
  func manyResets() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let nobody = "nobody-\(UUID().uuidString.lowercased())@example.com"
    let answers = try await withThrowingTaskGroup(of: [Int].self) { group in
      for _ in 0..<50 {
        group.addTask { [try await forgot(suite, person.email), try await forgot(suite, person.email)] }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(answers.count == 100 && Set(answers) == [202])
    #expect(try await forgot(suite, nobody) == 202)
    #expect(try await forgot(suite, "no address") == 202)
    #expect(try await person.mails("choose a new password", atLeast: 3).count == 3)
    #expect(try await suite.sandbox("GET", "/control/mailjet/inbox?to=\(nobody)").items.isEmpty)
  }

  @Test("two hundred requests for a verification at once are three mails at most, and no mail has a name")
  func manyVerifications() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<200 { group.addTask { try await person.call("POST", "/auth/email/resend").status } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(statuses).isSubset(of: [202, 429]) && statuses.contains(429))
    let sent = 1 + statuses.count { $0 == 202 }
    #expect(sent <= 3)
    let mail = try #require(try await person.mails("confirm", atLeast: sent).first)
    for part in ["text", "html"] { #expect((mail[part] as? String)?.contains("Asha") == false) }
    let token = try await person.link("confirm", "verify")
    #expect(try await use(suite, "/auth/email/verify", token).status == 204)
    #expect(try await use(suite, "/auth/email/verify", token).status == 400)
    #expect(try await person.mails("confirm", atLeast: sent).count == sent)
  }

  @Test("an address changes by a link to the new one, and is changed back by a link to the old one")
  func change() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    let new = "new-\(UUID().uuidString.lowercased())@example.com"
    let mailbox = Person(suite: suite, email: new, id: person.id, token: person.token)
    func change(_ password: String) async throws -> Int {
      try await person.call("POST", "/auth/email/change", body: ["new_email": new, "password": password]).status
    }
    #expect(try await change("another mountain lake") == 401)
    #expect(try await change(password) == 202)
    let token = try await mailbox.link("new e-mail address", "verify")
    #expect(try await login(suite, new, password).status == 401)
    #expect(try await use(suite, "/auth/email/verify", token).status == 204)
    #expect(try await use(suite, "/auth/email/verify", token).status == 400)
    #expect(try await login(suite, new, password).status == 200)
    #expect(try await login(suite, person.email, password).status == 401)

    let undo = try await person.link("another e-mail address", "undo")
    #expect(try await use(suite, "/auth/email/verify", undo).status == 400)
    #expect(try await use(suite, "/auth/email/undo", undo).status == 204)
    #expect(try await use(suite, "/auth/email/undo", undo).status == 400)
    #expect(try await !isAlive(person))
    // The old password went with the change, since a thief may have known it.
    #expect(try await login(suite, person.email, password).status == 401)
    #expect(try await login(suite, new, password).status == 401)
  }

  @Test("with SIGNUP=verify_first, no link of a stranger's earlier registration gives the account to its password")
  func squatter() async throws {
    let suite = try Suite.running()
    try await suite.withService("auth", ["SIGNUP": "verify_first"]) {
      let email = "squatted-\(UUID().uuidString.lowercased())@example.com"
      let owner = Person(suite: suite, email: email, id: "", token: "")
      func register(_ password: String) async throws -> Int {
        try await suite.call("POST", "/auth/register", body: ["email": email, "password": password]).status
      }
      #expect(try await register("a stranger's mountain lake") == 202)
      let older = try await owner.link("confirm", "verify")
      #expect(try await register(password) == 202)
      let newer = try await owner.link("choose a new password", "reset")
      #expect(try await use(suite, "/auth/email/verify", older).status == 409)
      #expect(try await login(suite, email, "a stranger's mountain lake").status == 401)
      #expect(try await use(suite, "/auth/password/reset", newer, password: password).status == 204)
      #expect(try await use(suite, "/auth/email/verify", older).status == 400)
      #expect(try await login(suite, email, "a stranger's mountain lake").status == 401)
      #expect(try await login(suite, email, password).status == 200)
    }
  }

  @Test("a changed password ends every device but the caller's")
  func changePassword() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let token = try await login(suite, person.email, password).text("access_token")
    let other = Person(suite: suite, email: person.email, id: person.id, token: token)
    func change(_ current: String) async throws -> Int {
      let body = ["current_password": current, "password": "another mountain lake"]
      return try await person.call("POST", "/auth/password/change", body: body).status
    }
    #expect(try await change("a wrong mountain lake") == 401)
    #expect(try await isAlive(other))
    #expect(try await change(password) == 204)
    #expect(try await isAlive(person))
    #expect(try await !isAlive(other))
  }

  @Test("a link of one account has no effect on another, whoever uses it")
  func anothers() async throws {
    let suite = try Suite.running()
    let (person, stranger) = (try await Person.signUp(suite), try await Person.signUp(suite))
    let token = try await person.link("confirm", "verify")
    #expect(try await stranger.call("POST", "/auth/email/verify", body: ["token": token]).status == 204)
    #expect(try await stranger.call("GET", "/auth/me").json["email_verified"] as? Bool == false)
    #expect(try await forgot(suite, person.email) == 202)
    let reset = try await person.link("choose a new password", "reset")
    let own = try await stranger.link("confirm", "verify")
    // One account's secret with another's row, and a link of another purpose.
    let mixed = "\(own.prefix(36)).\(reset.dropFirst(37))"
    for wrong in [mixed, own] {
      let answer = try await use(suite, "/auth/password/reset", wrong, password: "another mountain lake")
      #expect(answer.status == 400)
    }
    #expect(try await login(suite, stranger.email, password).status == 200)
  }

  @Test("a password may be typed composed or decomposed, and is refused where it is too easy")
  func letters() async throws {
    let suite = try Suite.running()
    let email = "system-\(UUID().uuidString.lowercased())@example.com"
    for easy in ["password123", "Talktime2026", email, "short"] {
      let answer = try await suite.call("POST", "/auth/register", body: ["email": email, "password": easy])
      #expect(answer.status == 400)
      let field = (answer.json["errors"] as? [[String: Any]])?.first
      #expect((field?["code"] as? String)?.hasPrefix("password_") == true)
    }
    let body = ["email": email, "password": "pa\u{308}sswo\u{308}rter"]
    #expect(try await suite.call("POST", "/auth/register", body: body).status == 201)
    for typed in ["p\u{e4}ssw\u{f6}rter", "pa\u{308}sswo\u{308}rter"] {
      #expect(try await login(suite, email, typed).status == 200)
    }
  }
}

extension Person {
  /// The mails to this user with a matching subject, once there are as many.
  fileprivate func mails(_ subject: String, atLeast count: Int) async throws -> [[String: Any]] {
    let pattern = try Regex(subject).ignoresCase()
    return try await eventually(within: .seconds(60), "\(count) mails like '\(subject)' to \(email)") {
      let found = try await suite.sandbox("GET", "/control/mailjet/inbox?to=\(email)").items.filter {
        ($0["subject"] as? String)?.firstMatch(of: pattern) != nil
      }
      return found.count >= count ? found : nil
    }
  }

  /// The eight digits of the code in the newest mail with a matching subject.
  func code(_ subject: String) async throws -> String {
    let text = try #require(try await mail(subject)["text"] as? String)
    let match = try #require(text.firstMatch(of: /(?m)^(\d{4}) (\d{4})$/), "no code in the mail")
    return String(match.1 + match.2)
  }

  /// The token of the link in the newest mail with a matching subject.
  func link(_ subject: String, _ fragment: String) async throws -> String {
    let text = try #require(try await mail(subject)["text"] as? String)
    let match = try #require(text.firstMatch(of: try Regex("#\(fragment)=([A-Za-z0-9_.~-]+)")), "no link in the mail")
    return String(try #require(match.output[1].substring))
  }
}
