import Foundation
import Testing

/// Google sign-in from outside: the sandbox signs the credentials and publishes their key.
@Suite("Google sign-in of the running suite", .serialized, .sandboxRestored)
struct GoogleTests {
  private static func credential(_ email: String, _ more: [String: Any] = [:]) async throws -> String {
    try await Suite.running().sandbox(
      "POST", "/control/google/token", body: ["email": email].merging(more) { $1 }
    ).text("credential")
  }

  private static func signIn(_ credential: String, headers: [(String, String)] = []) async throws -> Answer {
    try await Suite.running().call("POST", "/auth/google", body: ["credential": credential], headers: headers)
  }

  private static func user(_ answer: Answer) throws -> [String: Any] {
    try #require(answer.json["user"] as? [String: Any], "\(answer.json)")
  }

  private static func address(_ domain: String) -> String { "google-\(UUID().uuidString.lowercased())@\(domain)" }

  @Test("the owner of a mailbox gets the account that somebody else made with its address")
  func takenOver() async throws {
    let suite = try Suite.running()
    let squatter = try await Person.signUp(suite, email: Self.address("gmail.com"))
    let answer = try await Self.signIn(try await Self.credential(squatter.email))
    #expect(answer.status == 200)
    let user = try Self.user(answer)
    #expect(user["id"] as? String == squatter.id && user["has_password"] as? Bool == false)
    #expect(user["email_verified"] as? Bool == true && user["google_linked"] as? Bool == true)
    #expect(try await squatter.call("GET", "/auth/me").status == 401)
    #expect(try await suite.call("POST", "/auth/login", body: squatter.login).status == 401)
    #expect(try await suite.call("GET", "/auth/me", token: try answer.text("access_token")).status == 200)
  }

  @Test("sign-ins by password beside the owner's first sign-in by Google leave no device behind")
  func takenOverWhileSigningIn() async throws {
    let suite = try Suite.running()
    let squatter = try await Person.signUp(suite, email: Self.address("gmail.com"))
    let credential = try await Self.credential(squatter.email)
    let answers = try await withThrowingTaskGroup(of: Answer?.self) { group in
      for number in 0..<12 {
        group.addTask {
          // The owner comes in the middle of them.
          if number == 6 {
            #expect(try await Self.signIn(credential).status == 200)
            return nil
          }
          return try await suite.call("POST", "/auth/login", body: squatter.login)
        }
      }
      var answers: [Answer] = []
      for try await answer in group { if let answer { answers.append(answer) } }
      return answers
    }
    for answer in answers {
      #expect(answer.status == 200 || answer.status == 401, "\(answer.json)")
      guard answer.status == 200 else { continue }
      #expect(try await suite.call("GET", "/auth/me", token: try answer.text("access_token")).status == 401)
    }
  }

  @Test("an account with a verified address is linked and told by mail, in a Google Workspace too")
  func linked() async throws {
    let suite = try Suite.running()
    let domain = "\(UUID().uuidString.lowercased()).example.com"
    let owner = try await Person.signUp(suite, email: Self.address(domain))
    try await owner.verifyEmail()
    let elsewhere = try await Self.signIn(try await Self.credential(owner.email, ["hd": "example.com"]))
    #expect(elsewhere.status == 409 && elsewhere.json["code"] as? String == "link_required")
    let answer = try await Self.signIn(try await Self.credential(owner.email, ["hd": domain]))
    #expect(answer.status == 200)
    #expect(try Self.user(answer)["id"] as? String == owner.id)
    #expect(try Self.user(answer)["has_password"] as? Bool == true)
    #expect(try await owner.call("GET", "/auth/me").status == 200)
    _ = try await owner.mail("Google sign-in was added")
  }

  @Test("elsewhere the owner signs in and links Google with the same credential; it can be unlinked again")
  func linkedByHand() async throws {
    let owner = try await Person.signUp(try Suite.running())
    let credential = try await Self.credential(owner.email)
    let refused = try await Self.signIn(credential)
    #expect(refused.status == 409 && refused.json["code"] as? String == "link_required")
    #expect(try await owner.call("POST", "/auth/google/link", body: ["credential": credential]).status == 204)
    // The credential is used up now.
    #expect(try await Self.signIn(credential).status == 401)
    #expect(try await owner.call("POST", "/auth/google/link", body: ["credential": credential]).status == 401)
    let answer = try await Self.signIn(try await Self.credential(owner.email))
    #expect(try Self.user(answer)["id"] as? String == owner.id)
    let stranger = try await Person.signUp(try Suite.running())
    let taken = try await stranger.call(
      "POST", "/auth/google/link", body: ["credential": try await Self.credential(owner.email)])
    #expect(taken.status == 409 && taken.json["code"] as? String == "google_account_taken")
    #expect(try await owner.call("DELETE", "/auth/google").status == 204)
    #expect(try await Self.signIn(try await Self.credential(owner.email)).status == 409)
  }

  @Test("a user without a password cannot unlink Google, and a credential signs in once")
  func onlyGoogle() async throws {
    let suite = try Suite.running()
    let credential = try await Self.credential(Self.address("example.com"), ["name": "Asha"])
    let answer = try await Self.signIn(credential)
    #expect(answer.status == 200)
    #expect(try Self.user(answer)["name"] as? String == "Asha")
    let kept = try await suite.call("DELETE", "/auth/google", token: try answer.text("access_token"))
    #expect(kept.status == 409 && kept.json["code"] as? String == "password_required")
    let again = try await Self.signIn(credential)
    #expect(again.status == 401 && again.json["code"] as? String == "invalid_credentials")
  }

  @Test("of many simultaneous uses of a credential one signs in")
  func race() async throws {
    let credential = try await Self.credential(Self.address("example.com"))
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<20 { group.addTask { try await Self.signIn(credential).status } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.count { $0 == 200 } == 1 && statuses.count { $0 == 401 } == 19)
  }

  @Test("our page's credential needs a nonce of ours, which is valid once")
  func nonces() async throws {
    let suite = try Suite.running()
    let page = [("Origin", suite.publicURL)]
    let email = Self.address("example.com")
    #expect(try await Self.signIn(try await Self.credential(email), headers: page).status == 401)
    #expect(try await Self.signIn(try await Self.credential(email, ["nonce": "made-up"])).status == 401)
    let nonce = try await suite.call("GET", "/auth/google/nonce").text("nonce")
    let first = try await Self.credential(email, ["nonce": nonce])
    let second = try await Self.credential(email, ["nonce": nonce, "name": "Another"])
    #expect(try await Self.signIn(first, headers: page).status == 200)
    #expect(try await Self.signIn(second, headers: page).status == 401)
  }

  @Test("a credential for another client, not verified, expired or of the future is refused")
  func refused() async throws {
    for change: [String: Any] in [
      ["aud": "another"], ["email_verified": false], ["expires_in": -1], ["issued_in": 600],
      ["iss": "https://accounts.example"],
    ] {
      let answer = try await Self.signIn(try await Self.credential(Self.address("example.com"), change))
      #expect(answer.status == 401 && answer.json["code"] as? String == "invalid_credentials", "\(change)")
    }
  }

  @Test("while Google is away known keys go on working, and made-up ones ask Google hardly ever")
  func away() async throws {
    let suite = try Suite.running()
    #expect(try await Self.signIn(try await Self.credential(Self.address("example.com"))).status == 200)
    try await suite.sandbox("DELETE", "/control/google/requests")
    try await suite.sandbox("PUT", "/control/google/fault", body: ["kind": "status", "status": 503])
    let body = String(try await Self.credential("asha@example.com").split(separator: ".", maxSplits: 1)[1])
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<40 {
        group.addTask {
          let header = Data("{\"alg\":\"RS256\",\"kid\":\"unknown-\(number)\"}".utf8).base64EncodedString()
          return try await Self.signIn("\(header.replacing("=", with: "")).\(body)").status
        }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(statuses == [401])
    #expect(try await Self.signIn(try await Self.credential(Self.address("example.com"))).status == 200)
    let asked = try await suite.sandbox("GET", "/control/google/requests").items.count
    #expect(asked <= 2)
    try await suite.sandbox("DELETE", "/control/google/fault")
  }
}
