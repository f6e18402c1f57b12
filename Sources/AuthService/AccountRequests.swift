import Application
import HTTPServing

/// What an owner sends to have the account deleted: the password or a credential of Google.
struct DeleteAccountRequest: Decodable {
  let password, credential, nonce: String?
  let forfeit: Bool?

  /// - Throws: 400 if there is neither, or both.
  func proof(fromPage: Bool) throws(Problem) -> DeleteAccount.Proof {
    switch (password, credential) {
    case (let password?, nil): return .password(password)
    case (nil, let credential?): return .google(credential: credential, nonce: nonce, fromPage: fromPage)
    default: throw .invalidField("password", code: "required", "Send the password or a credential of Google.")
    }
  }
}
