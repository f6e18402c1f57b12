import Application
import Domain
import Fakes
import Foundation

@testable import AuthService

extension AuthStage {
  private struct Options: Decodable { let challenge: String }
  private struct Added: Decodable { let id: String }

  /// The authenticator of a user, with one passkey.
  func authenticator(_ seed: UInt8 = 1, of user: UserID? = nil) -> SoftAuthenticator {
    SoftAuthenticator(user: user ?? serving.user, seed: seed, publicURL: Self.publicURL)
  }

  /// A challenge for a new passkey of the token's user.
  func newPasskeyChallenge(_ token: String? = nil, body: String = "{}") async throws -> String {
    let answer = try await answer(.post("/auth/passkeys/options", token ?? serving.token, body: body))
    return try JSONDecoder().decode(Options.self, from: Data(answer.body.utf8)).challenge
  }

  func signInChallenge() async throws -> String {
    let answer = try await answer(.post("/auth/passkey/options", body: "{}"))
    return try JSONDecoder().decode(Options.self, from: Data(answer.body.utf8)).challenge
  }

  /// An assertion of the user's passkey as a proof of identity.
  func passkeyProof() async throws -> String {
    try await storePasskeys(1...1)
    let answer = try await answer(.post("/auth/reauth/options", serving.token))
    let challenge = try JSONDecoder().decode(Options.self, from: Data(answer.body.utf8)).challenge
    return try authenticator().assertion(challenge)
  }

  /// Stores passkeys of the user without a request, which would be limited.
  func storePasskeys(_ seeds: ClosedRange<UInt8>) async throws {
    for seed in seeds {
      let soft = authenticator(seed)
      let credential = NewPasskeyCredential(
        id: soft.credentialID, publicKey: try PasskeyPublicKey(cose: soft.publicKey), cose: soft.publicKey, counter: 0,
        isBackupEligible: false, isBackedUp: false)
      _ = try await accounts.add(credential, name: "Passkey", transports: [], to: serving.user)
    }
  }

  /// Adds a passkey and gives its id.
  @discardableResult
  func addPasskey(_ seed: UInt8 = 1, of user: UserID? = nil) async throws -> String {
    let token = serving.token(of: user ?? serving.user)
    let challenge = try await newPasskeyChallenge(token)
    let answer = try await answer(
      .post("/auth/passkeys", token, body: "{\"credential\":\(authenticator(seed, of: user).registration(challenge))}"))
    return try JSONDecoder().decode(Added.self, from: Data(answer.body.utf8)).id
  }
}
