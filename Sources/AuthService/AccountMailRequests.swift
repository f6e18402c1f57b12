import Domain
import HTTPServing

struct MailedLinkTokenRequest: Decodable { let token: String }

struct ForgotPasswordRequest: Decodable { let email: String }

struct ResetPasswordRequest: Decodable { let token, password: String }

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
