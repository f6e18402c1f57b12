import Application
import Domain
import Fakes
import Foundation
import Testing

@testable import AuthService

/// What the options and the list contain. The errors are in `AuthOperations+Passkeys.swift`.
@Suite("The routes of passkeys")
struct PasskeyRouteTests {
  private let stage: AuthStage
  init() throws { stage = try AuthStage() }

  private func object(_ call: Call) async throws -> [String: Any] {
    try await stage.serving.revocations.fill(with: [], whole: true)
    let answer = try await stage.answer(call)
    return try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
  }

  @Test("the options of a new passkey say what it has to be")
  func creation() async throws {
    try await stage.serving.revocations.fill(with: [], whole: true)
    try await stage.addPasskey()
    let options = try await object(.post("/auth/passkeys/options", stage.serving.token))
    #expect(options["rp"] as? [String: String] == ["id": "localhost", "name": "Talktime"])
    let user = try #require(options["user"] as? [String: String])
    #expect(user["id"] == Base64URL.encode(stage.serving.user.passkeyHandle) && user["name"] == AuthStage.email)
    let algorithms = try #require(options["pubKeyCredParams"] as? [[String: Any]])
    #expect(algorithms.compactMap { $0["alg"] as? Int } == [-8, -7, -257])
    let selection = try #require(options["authenticatorSelection"] as? [String: Any])
    #expect(selection["residentKey"] as? String == "required" && selection["userVerification"] as? String == "required")
    #expect(options["attestation"] as? String == "none" && options["timeout"] as? Int == 300_000)
    let known = try #require(options["excludeCredentials"] as? [[String: Any]])
    #expect(known.map { $0["id"] as? String } == [Base64URL.encode(stage.authenticator().credentialID)])
    #expect(known.first?["transports"] as? [String] == ["hybrid", "internal"])
    let silent = try await object(
      .post("/auth/passkeys/options", stage.serving.token, body: "{\"mediation\":\"conditional\"}"))
    #expect((silent["authenticatorSelection"] as? [String: Any])?["userVerification"] as? String == "preferred")
  }

  @Test("the options of a sign-in name no account")
  func request() async throws {
    let options = try await object(.post("/auth/passkey/options"))
    #expect(options["rpId"] as? String == "localhost" && options["userVerification"] as? String == "required")
    #expect((options["allowCredentials"] as? [Any])?.isEmpty == true && options["timeout"] as? Int == 300_000)
    #expect(Set(options.keys) == ["rpId", "userVerification", "allowCredentials", "timeout", "challenge"])
  }

  @Test("a passkey is named, listed, used and removed")
  func life() async throws {
    try await stage.serving.revocations.fill(with: [], whole: true)
    let soft = stage.authenticator()
    let credential = soft.registration(try await stage.newPasskeyChallenge())
    let added = try await object(
      .post("/auth/passkeys", stage.serving.token, body: "{\"credential\":\(credential),\"name\":\"Phone\"}"))
    #expect(added["name"] as? String == "Phone" && added["last_used_at"] is NSNull && added["created_at"] is String)
    stage.serving.clock.advance(.seconds(60))
    let answer = try await stage.answer(
      .post("/auth/passkey", body: try soft.assertion(try await stage.signInChallenge()))
        .with("x-session", "cookie").with("origin", AuthStage.publicURL))
    #expect(answer.status == 200 && answer.headers["set-cookie"]?.contains("tt_refresh=") == true)
    #expect(!answer.body.contains("refresh_token"))
    let list = try await object(.get("/auth/passkeys", stage.serving.token))
    let items = try #require(list["items"] as? [[String: Any]])
    #expect(items.count == 1 && items.first?["last_used_at"] is String && list["next_cursor"] is NSNull)
    let id = try #require(items.first?["id"] as? String)
    let signal = try #require(list["signal"] as? [String: Any])
    #expect(signal["rpId"] as? String == "localhost")
    #expect(signal["userId"] as? String == Base64URL.encode(stage.serving.user.passkeyHandle))
    #expect(signal["allAcceptedCredentialIds"] as? [String] == [Base64URL.encode(soft.credentialID)])
    #expect(try await stage.answer(.other(.delete, "/auth/passkeys/\(id)", stage.serving.token)).status == 204)
    #expect(try await stage.answer(.other(.delete, "/auth/passkeys/\(id)", stage.serving.token)).status == 404)
    // The page learns that the authenticator offers a passkey that is no more.
    let gone = try await object(.post("/auth/passkey", body: try soft.assertion(try await stage.signInChallenge())))
    #expect(gone["code"] as? String == "invalid_credentials" && gone["credential"] as? String == "unknown")
  }

  @Test("a credential is read alone and as a member, and a damaged one is refused by its field")
  func forms() async throws {
    try await stage.serving.revocations.fill(with: [], whole: true)
    let soft = stage.authenticator()
    let bare = soft.registration(try await stage.newPasskeyChallenge())
    #expect(try await stage.answer(.post("/auth/passkeys", stage.serving.token, body: bare)).status == 201)
    let assertion = try soft.assertion(try await stage.signInChallenge())
    #expect(try await stage.answer(.post("/auth/passkey", body: "{\"credential\":\(assertion)}")).status == 200)
    for (text, other) in [
      ("\"type\":\"public-key\"", "\"type\":\"password\""), ("\"rawId\":\"", "\"rawId\":\"AA"),
      ("\"signature\":\"", "\"signature\":\"="), ("\"clientDataJSON\":\"", "\"clientDataJSON\":\"+"),
      ("\"authenticatorData\":", "\"other\":"),
    ] {
      let answer = try await stage.answer(.post("/auth/passkey", body: assertion.replacing(text, with: other)))
      #expect(answer.status == 400 && answer.code == "invalid_request", "\(other)")
    }
    // Without a user handle nobody is named.
    let nameless = try soft.assertion(try await stage.signInChallenge()).replacing("\"userHandle\"", with: "\"x\"")
    #expect(try await stage.answer(.post("/auth/passkey", body: nameless)).status == 401)
  }
}
