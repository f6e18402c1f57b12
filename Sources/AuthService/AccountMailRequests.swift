import Domain
import HTTPServing

struct MailedLinkTokenRequest: Decodable { let token: String }

/// What was in a mail: the token of its link, or the code beside it.
enum MailedSecret: Equatable {
  case token(String)
  case code(String)

  /// - Throws: 400 for neither, and for both.
  init(token: String?, code: String?) throws(Problem) {
    switch (token, code) {
    case (let token?, nil): self = .token(token)
    case (nil, let code?): self = .code(code)
    default: throw .invalidField("token", code: "required", "Send the token of a mailed link, or its code.")
    }
  }
}

struct VerifyEmailRequest: Decodable {
  let token, code: String?

  func checked() throws(Problem) -> MailedSecret { try MailedSecret(token: token, code: code) }
}

struct ForgotPasswordRequest: Decodable { let email: String }

/// A code needs the address that it was mailed to.
struct ResetPasswordRequest: Decodable {
  let token, code, email: String?
  let password: String

  /// - Throws: 400 for neither token nor code, for both, and for a code without an address.
  func checked() throws(Problem) -> MailedSecret {
    let secret = try MailedSecret(token: token, code: code)
    if code != nil, email == nil { throw .invalidField("email", code: "required", "Send the address, too.") }
    return secret
  }
}

struct ChangePasswordRequest: Decodable {
  let currentPassword, password: String
  enum CodingKeys: String, CodingKey { case currentPassword = "current_password", password }
}

struct ChangeEmailRequest: Decodable {
  let newEmail, password: String
  enum CodingKeys: String, CodingKey { case newEmail = "new_email", password }

  func checked() throws(Problem) -> (EmailAddress, password: String) {
    guard let email = EmailAddress(newEmail) else {
      throw .invalidField("new_email", "This is not an e-mail address.")
    }
    return (email, password)
  }
}
