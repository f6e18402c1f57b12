import Application
import HTTPServing

struct OneTimeCodeSubmission: Decodable { let code: String }

struct SecondFactorRequest: Decodable {
  let challengeToken: String
  let code, recoveryCode: String?

  enum CodingKeys: String, CodingKey { case challengeToken = "challenge_token", code, recoveryCode = "recovery_code" }

  /// - Throws: 400 for no answer, and for two.
  func checked() throws(Problem) -> (token: String, SecondFactorAnswer) {
    guard let answer = try SecondFactorAnswer(code: code, recoveryCode: recoveryCode) else {
      throw .invalidField("code", code: "missing", "Send a code or a recovery_code.")
    }
    return (challengeToken, answer)
  }
}

struct ReauthenticationRequest: Decodable {
  let password, code, recoveryCode, credential, nonce: String?
  let passkey: PasskeyCredentialRequest<PasskeyAssertionResponse>?

  enum CodingKeys: String, CodingKey { case password, code, recoveryCode = "recovery_code", credential, nonce, passkey }

  /// - Throws: 400 for a request without any proof.
  func checked() throws(Problem) -> ReauthenticationProof {
    let answer = try SecondFactorAnswer(code: code, recoveryCode: recoveryCode)
    guard password != nil || credential != nil || answer != nil || passkey != nil else {
      throw .invalidField("password", code: "missing", "Send a password, a credential, a passkey or a code.")
    }
    return ReauthenticationProof(
      password: password, credential: credential, nonce: nonce, answer: answer, passkey: try passkey?.checked())
  }
}

extension SecondFactorAnswer {
  /// Nil for neither.
  /// - Throws: 400 for both.
  fileprivate init?(code: String?, recoveryCode: String?) throws(Problem) {
    switch (code, recoveryCode) {
    case (let code?, nil): self = .code(code)
    case (nil, let recoveryCode?): self = .recoveryCode(recoveryCode)
    case (nil, nil): return nil
    case (_?, _?): throw .invalidField("recovery_code", "Send a code or a recovery_code, and not both.")
    }
  }
}
