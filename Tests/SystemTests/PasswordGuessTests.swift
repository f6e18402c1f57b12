import Foundation
import Testing

@Suite("Wrong passwords, with production limits", .serialized)
struct PasswordGuessTests {
  @Test("many wrong passwords are refused without a look at them, and the owner's browser still gets in")
  func guessed() async throws {
    let suite = try Suite.running()
    try await suite.dev("start", "auth", "2", "RATE_LIMITS=production")
    let door = try suite.past("auth", 2)
    let owner = try await Person.signUp(suite)
    let browser = [("Origin", suite.publicURL), ("X-Session", "cookie")]
    let first = try await door.call("POST", "/auth/login", body: owner.login, headers: browser)
    #expect(first.status == 200)
    let known = try #require(
      first.response.headers.first { $0.name.lowercased() == "set-cookie" && $0.value.hasPrefix("tt_known=") }?.value)
    for email in [owner.email, "nobody-\(UUID().uuidString)@example.com"] {
      let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
        for _ in 0..<60 {
          group.addTask {
            try await door.call("POST", "/auth/login", body: ["email": email, "password": "a wrong mountain lake"])
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let looked = answers.filter { $0.status == 401 }
      let refused = answers.filter { $0.status == 429 }
      // Ten at once, and one more for each 6 s that this takes.
      #expect(looked.count >= 10 && looked.count < 20 && looked.count + refused.count == 60)
      #expect(
        refused.allSatisfy { $0.json["code"] as? String == "rate_limited" && $0.response.header("retry-after") != nil })
    }
    // The right password is not looked at either, except from the owner's browser.
    #expect(try await door.call("POST", "/auth/login", body: owner.login).status == 429)
    let cookie = ("Cookie", String(known.prefix { $0 != ";" }))
    #expect(try await door.call("POST", "/auth/login", body: owner.login, headers: browser + [cookie]).status == 200)
    try await suite.dev("kill", "auth", "2")
  }

  @Test("an owner whom a stranger's wrong passwords keep out resets the password and gets in with the same browser")
  func resets() async throws {
    let suite = try Suite.running()
    try await suite.dev("start", "auth", "2", "RATE_LIMITS=production")
    let door = try suite.past("auth", 2)
    let owner = try await Person.signUp(suite)
    let browser = [("Origin", suite.publicURL), ("X-Session", "cookie")]
    let before = try #require(
      try await door.call("POST", "/auth/login", body: owner.login, headers: browser).response.headers
        .first { $0.name.lowercased() == "set-cookie" && $0.value.hasPrefix("tt_known=") }?.value)
    // Until none is looked at any more: a burst, and one more each 6 s.
    @Sendable func guess() async throws {
      while try await door.call(
        "POST", "/auth/login", body: ["email": owner.email, "password": "a wrong mountain lake"]
      ).status == 401 {}
    }
    try await guess()
    #expect(try await door.call("POST", "/auth/login", body: owner.login, headers: browser).status == 429)
    #expect(try await door.call("POST", "/auth/password/forgot", body: ["email": owner.email]).status == 202)
    let token = try await owner.link("choose a new password", "reset")
    let new = "another mountain lake"
    let reset = try await door.call(
      "POST", "/auth/password/reset", body: ["token": token, "password": new], headers: browser)
    #expect(reset.status == 204)
    let known = try #require(
      reset.response.headers.first { $0.name.lowercased() == "set-cookie" && $0.value.hasPrefix("tt_known=") }?.value)
    // The stranger goes on.
    try await guess()
    let login = ["email": owner.email, "password": new]
    let cookie = ("Cookie", String(known.prefix { $0 != ";" }))
    #expect(try await door.call("POST", "/auth/login", body: login, headers: browser + [cookie]).status == 200)
    try await guess()
    // What the browser was known by before the reset is counted with others of then, and not with strangers.
    let former = ("Cookie", String(before.prefix { $0 != ";" }))
    #expect(try await door.call("POST", "/auth/login", body: login, headers: browser + [former]).status == 200)
    #expect(try await door.call("POST", "/auth/login", body: login, headers: browser).status == 429)
    try await suite.dev("kill", "auth", "2")
  }

  @Test("ten codes at once are looked at for an address, with or without an account, and its link works all the same")
  func codes() async throws {
    let suite = try Suite.running()
    try await suite.dev("start", "auth", "2", "RATE_LIMITS=production")
    let door = try suite.past("auth", 2)
    let owner = try await Person.signUp(suite)
    let new = "another mountain lake"
    for email in [owner.email, "nobody-\(UUID().uuidString)@example.com"] {
      #expect(try await door.call("POST", "/auth/password/forgot", body: ["email": email]).status == 202)
      let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
        for _ in 0..<40 {
          group.addTask {
            try await door.call(
              "POST", "/auth/password/reset", body: ["email": email, "code": "0000 0000", "password": new])
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let looked = answers.filter { $0.status == 400 && $0.json["code"] as? String == "invalid_token" }
      let refused = answers.filter { $0.status == 429 && $0.json["code"] as? String == "rate_limited" }
      // Ten at once, and one more for each 30 s that this takes.
      #expect(looked.count >= 10 && looked.count < 15 && looked.count + refused.count == 40)
      #expect(refused.allSatisfy { $0.response.header("retry-after") != nil })
    }
    let token = try await owner.link("choose a new password", "reset")
    #expect(
      try await door.call("POST", "/auth/password/reset", body: ["token": token, "password": new]).status == 204)
    try await suite.dev("kill", "auth", "2")
  }
}
