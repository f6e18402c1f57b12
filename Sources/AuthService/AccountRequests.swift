import Application
import HTTPServing

/// What an owner sends to have the account deleted: the password, a credential of Google, a passkey or a mailed code.
struct DeleteAccountRequest: Decodable {
  let password, credential, nonce, code: String?
  let passkey: PasskeyCredentialRequest<PasskeyAssertionResponse>?
  let forfeit: Bool?

  /// - Throws: 400 if there is none, or more than one.
  func proof(fromPage: Bool) throws(Problem) -> DeleteAccount.Proof {
    switch (password, credential, passkey, code) {
    case (let password?, nil, nil, nil): return .password(password)
    case (nil, let credential?, nil, nil): return .google(credential: credential, nonce: nonce, fromPage: fromPage)
    case (nil, nil, let passkey?, nil): return .passkey(try passkey.checked())
    case (nil, nil, nil, let code?): return .mailedCode(code)
    default:
      throw .invalidField(
        "password", code: "required", "Send one of: the password, a credential of Google, a passkey, a mailed code.")
    }
  }
}
