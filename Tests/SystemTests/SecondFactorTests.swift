import Foundation
import PostgresDriver
import Testing

@Suite("The second factor, through Caddy", .serialized)
struct SecondFactorTests {
  private func enrolled() async throws -> (person: Person, app: AuthenticatorApp) {
    let person = try await Person.signUp(try Suite.running())
    return (person, try await AuthenticatorApp.enrol(person))
  }

  private func code(_ answer: Answer) -> String? { answer.json["code"] as? String }

  private func user(_ answer: Answer) throws -> [String: Any] {
    try #require(answer.json["user"] as? [String: Any], "\(answer.json)")
  }

  @Test("an account with an app signs in with password and code, each code once, and its owner is told by mail")
  func signsIn() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    let other = try await person.signInAgain()
    let begun = try await person.call("POST", "/auth/totp")
    #expect(try begun.text("uri").hasPrefix("otpauth://totp/Talktime:\(person.email)?secret="))
    #expect(try await person.call("GET", "/auth/me").json["second_factor"] as? Bool == false)
    let app = try await AuthenticatorApp.enrol(person)
    #expect(app.recoveryCodes.count == 10)
    _ = try await person.mail("two-step sign-in is on")
    // The other device had signed in without it.
    try await suite.expect(401, of: other.token)
    try await suite.expect(200, of: person.token)
    #expect(try await person.call("GET", "/auth/me").json["second_factor"] as? Bool == true)

    let signedIn = try await eventually(within: .seconds(60), "the code signs in") { () -> (Answer, String)? in
      let sent = app.code()
      let answer = try await person.answer(try await person.challenge(), code: sent)
      return answer.status == 200 ? (answer, sent) : nil
    }
    let token = try signedIn.0.text("access_token")
    #expect(try tokenClaims(token)["amr"] as? [String] == ["pwd", "otp"])
    #expect(try user(signedIn.0)["second_factor"] as? Bool == true)
    try await suite.expect(200, of: token)
    let again = try await person.answer(try await person.challenge(), code: signedIn.1)
    #expect(again.status == 401 && code(again) == "invalid_credentials")
    // A wrong password is not told apart by the factor.
    let wrong = try await suite.call("POST", "/auth/login", body: ["email": person.email, "password": "wrong"])
    #expect(wrong.status == 401 && code(wrong) == "invalid_credentials" && wrong.json["challenge_token"] == nil)

    #expect(try await person.call("DELETE", "/auth/totp").status == 204)
    _ = try await person.mail("two-step sign-in is off")
    _ = try await person.signInAgain()
  }

  @Test("of two hundred wrong codes at once five are looked at, and afterwards the right one fails, too")
  func guessing() async throws {
    let (person, app) = try await enrolled()
    let challenge = try await person.challenge()
    let wrong = [app.code(-1), app.code(), app.code(1)].contains("000000") ? "999999" : "000000"
    let codes = try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<200 { group.addTask { code(try await person.answer(challenge, code: wrong)) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(codes.count { $0 == "invalid_credentials" } == 5 && codes.count { $0 == "invalid_token" } == 195)
    let right = try await person.answer(challenge, code: app.code())
    #expect(right.status == 401 && code(right) == "invalid_token")
    _ = try await person.signedIn(with: app)
  }

  @Test("a code that twenty clients send at once signs in once")
  func race() async throws {
    let (person, app) = try await enrolled()
    let statuses = try await eventually(within: .seconds(60), "one signs in") { () -> [Int]? in
      let challenges = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<20 { group.addTask { try await person.challenge() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let sent = app.code()
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for challenge in challenges {
          group.addTask { try await person.answer(challenge, code: sent).status }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      // The code's time may have been over.
      return statuses.contains(200) ? statuses : nil
    }
    #expect(statuses.count { $0 == 200 } == 1 && statuses.count { $0 == 401 } == 19)
  }

  @Test("a recovery code signs in once, however it is typed")
  func recovery() async throws {
    let (person, app) = try await enrolled()
    let typed = app.recoveryCodes[0].uppercased().replacing("-", with: " ")
    let answer = try await person.answer(try await person.challenge(), recovery: typed)
    #expect(answer.status == 200)
    #expect(try tokenClaims(try answer.text("access_token"))["amr"] as? [String] == ["pwd", "recovery"])
    let again = try await person.answer(try await person.challenge(), recovery: typed)
    #expect(again.status == 401 && code(again) == "invalid_credentials")
    // With the app lost, another one can be enrolled.
    let back = Person(suite: person.suite, email: person.email, id: person.id, token: try answer.text("access_token"))
    #expect(try await back.call("DELETE", "/auth/totp").status == 204)
    _ = try await back.signedIn(with: try await AuthenticatorApp.enrol(back))
  }

  @Test("the challenge of one account is not answered by another's code, and a password in vain by no challenge")
  func foreign() async throws {
    let (person, _) = try await enrolled()
    let (thief, app) = try await enrolled()
    let challenge = try await person.challenge()
    for answer in [
      try await thief.answer(challenge, code: app.code()),
      try await thief.answer(challenge, recovery: app.recoveryCodes[0]),
    ] {
      #expect(answer.status == 401 && code(answer) == "invalid_credentials")
    }
    let madeUp = try await thief.answer("tt_c_madeup", code: app.code())
    #expect(madeUp.status == 401 && code(madeUp) == "invalid_token")
    _ = try await thief.signedIn(with: app)
  }

  @Test("a sign-in by Google of an account with an app asks for the code, too")
  func google() async throws {
    let suite = try Suite.running()
    let (person, app) = try await enrolled()
    func credential() async throws -> String {
      try await suite.sandbox("POST", "/control/google/token", body: ["email": person.email]).text("credential")
    }
    let link = try await person.call("POST", "/auth/google/link", body: ["credential": try await credential()])
    #expect(link.status == 204)
    let signedIn = try await eventually(within: .seconds(60), "the code signs in") {
      let asked = try await suite.call("POST", "/auth/google", body: ["credential": try await credential()])
      #expect(asked.status == 401 && code(asked) == "second_factor_required")
      let answer = try await person.answer(try asked.text("challenge_token"), code: app.code())
      return answer.status == 200 ? answer : nil
    }
    #expect(try tokenClaims(try signedIn.text("access_token"))["amr"] as? [String] == ["google", "otp"])
  }

  @Test("after a reset of the password by mail the code is asked for, and a challenge of before is over")
  func reset() async throws {
    let suite = try Suite.running()
    let (person, app) = try await enrolled()
    try await suite.prove(person)
    try await suite.withDatabase { database in
      _ = try await database.query(
        "UPDATE totp_factors SET confirmed_at = now() - interval '8 days' WHERE user_id::text = \(person.id)")
    }
    let challenge = try await person.challenge()
    #expect(try await suite.call("POST", "/auth/password/forgot", body: ["email": person.email]).status == 202)
    let token = try await person.link("choose a new password", "reset")
    let reset = try await suite.call(
      "POST", "/auth/password/reset", body: ["token": token, "password": Person.password + " too"])
    #expect(reset.status == 204)
    let old = try await person.answer(challenge, code: app.code())
    #expect(old.status == 401 && code(old) == "invalid_token")
    let asked = try await suite.call(
      "POST", "/auth/login", body: ["email": person.email, "password": Person.password + " too"])
    #expect(asked.status == 401 && code(asked) == "second_factor_required")
  }

  @Test("a reset of the password by mail takes an app back that was just enrolled, and the owner is told")
  func recent() async throws {
    let suite = try Suite.running()
    let (person, _) = try await enrolled()
    try await suite.prove(person)
    #expect(try await suite.call("POST", "/auth/password/forgot", body: ["email": person.email]).status == 202)
    let token = try await person.link("choose a new password", "reset")
    let new = Person.password + " too"
    let reset = try await suite.call("POST", "/auth/password/reset", body: ["token": token, "password": new])
    #expect(reset.status == 204)
    let signedIn = try await suite.call("POST", "/auth/login", body: ["email": person.email, "password": new])
    #expect(try signedIn.status == 200 && user(signedIn)["second_factor"] as? Bool == false)
    let mail = try await person.mail("ways to sign in were removed")
    #expect((mail["text"] as? String)?.contains("- the authenticator app") == true)
    let owner = Person(suite: suite, email: person.email, id: person.id, token: try signedIn.text("access_token"))
    let trail = try await owner.call("GET", "/auth/trail").items
    #expect(
      trail.contains { $0["kind"] as? String == "second_factor_removed" && $0["detail"] as? String == "password_reset" }
    )
  }

  @Test("whatever changes factors needs a proof of the last quarter of an hour, which a password or a code renews")
  func reauthentication() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let old = try await person.signInAgain()
    func refreshed(_ refresh: String) async throws -> (person: Person, refresh: String) {
      let answer = try await suite.call("POST", "/auth/refresh", body: ["refresh_token": refresh])
      let token = try answer.text("access_token")
      return (Person(suite: suite, email: person.email, id: person.id, token: token), try answer.text("refresh_token"))
    }
    // The sign-in of the device becomes an hour old.
    let device = try #require(try tokenClaims(old.token)["sid"] as? String)
    try await suite.withDatabase { database in
      _ = try await database.query(
        "UPDATE devices SET authenticated_at = now() - interval '1 hour' WHERE id::text = \(device)")
    }
    let (stale, refresh) = try await refreshed(old.refresh)
    for (method, path) in [
      ("POST", "/auth/totp"), ("POST", "/auth/totp/confirm"), ("DELETE", "/auth/totp"), ("POST", "/auth/google/link"),
      ("DELETE", "/auth/google"),
    ] {
      let answer = try await stale.call(method, path, body: method == "POST" ? [:] : nil)
      #expect(answer.status == 401 && code(answer) == "reauthentication_required", "\(path)")
    }
    #expect(try await stale.call("POST", "/auth/reauth", body: ["password": "wrong"]).status == 401)
    let proven = try await stale.call("POST", "/auth/reauth", body: ["password": Person.password])
    #expect(proven.status == 200 && proven.json["refresh_token"] == nil)
    let claims = try tokenClaims(try proven.text("access_token"))
    #expect(claims["sid"] as? String == device)
    #expect(try #require(claims["auth_time"] as? Int) > Int(Date().timeIntervalSince1970) - 60)
    let fresh = Person(suite: suite, email: person.email, id: person.id, token: try proven.text("access_token"))
    let app = try await AuthenticatorApp.enrol(fresh)
    // The time of the proof stays with the device.
    let (later, _) = try await refreshed(refresh)
    #expect(try tokenClaims(later.token)["auth_time"] as? Int == claims["auth_time"] as? Int)
    let password = try await later.call("POST", "/auth/reauth", body: ["password": Person.password])
    #expect(password.status == 401 && code(password) == "second_factor_required")
    let byCode = try await eventually(within: .seconds(60), "the code proves") {
      let answer = try await later.call("POST", "/auth/reauth", body: ["code": app.code()])
      return answer.status == 200 ? answer : nil
    }
    #expect(try tokenClaims(try byCode.text("access_token"))["amr"] as? [String] == ["pwd", "otp"])
  }

  @Test("an operator's rights need an app, and a proven address to be given at all")
  func operators() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let refused = try await suite.talktime("operator", "add", person.email)
    #expect(refused.status != 0 && refused.text.contains("has not proven"))
    try await suite.prove(person)
    #expect(try await suite.talktime("operator", "add", person.email).status == 0)
    #expect(try await suite.talktime("operator", "list").text.contains(person.email))
    let byPassword = Person(
      suite: suite, email: person.email, id: person.id, token: try await person.signInAgain().token)
    #expect(try await byPassword.call("GET", "/billing/wallets/\(person.id)").status == 403)
    let app = try await AuthenticatorApp.enrol(byPassword)
    let chief = try await byPassword.signedIn(with: app)
    #expect(try await chief.call("GET", "/billing/wallets/\(person.id)").status == 200)
    let recovered = try await person.answer(try await person.challenge(), recovery: app.recoveryCodes[0])
    let user = Person(suite: suite, email: person.email, id: person.id, token: try recovered.text("access_token"))
    #expect(try await user.call("GET", "/billing/wallets/\(person.id)").status == 403)
    #expect(try await suite.talktime("operator", "remove", person.email).status == 0)
    _ = try await eventually("the operator's token is dead") {
      try await chief.call("GET", "/billing/wallets/\(person.id)").status == 401 ? true : nil
    }
    #expect(!(try await suite.talktime("operator", "list").text.contains(person.email)))
    let removal = try await suite.talktime("users", "remove-second-factor", person.email, "--reason", "lost phone")
    #expect(removal.status == 0 && removal.text.contains("done"))
    _ = try await person.signInAgain()
  }
}
