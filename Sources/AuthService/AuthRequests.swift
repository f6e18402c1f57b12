import Domain
import HTTPServing

struct RegisterRequest: Decodable {
  let email, password: String
  let name: String?

  /// - Throws: 400 with the name of every invalid field.
  func checked(_ policy: PasswordPolicy) throws(Problem) -> (EmailAddress, Password, String?) {
    var errors: [FieldProblem] = []
    let address = EmailAddress(email)
    if address == nil { errors.append(FieldProblem("email", code: "invalid", "This is not an e-mail address.")) }
    var secret: Password?
    do throws(PasswordProblem) {
      secret = try policy.password(password, for: address)
    } catch {
      errors.append(FieldProblem(error))
    }
    let checked: String?
    do throws(Problem) {
      checked = try checkedName(name)
    } catch {
      errors += error.errors
      checked = nil
    }
    guard let address, let secret, errors.isEmpty else {
      throw Problem(.badRequest, code: "invalid_request", detail: errors.first?.message, errors: errors)
    }
    return (address, secret, checked)
  }
}

/// Nil for a blank name.
func checkedName(_ name: String?) throws(Problem) -> String? {
  guard let name, !name.isBlankLine(upTo: DisplayName.longest) else { return nil }
  guard let name = DisplayName(name) else {
    throw .invalidField("name", code: "invalid", "A name has at most \(DisplayName.longest) printable characters.")
  }
  return name.text
}

struct LoginRequest: Decodable {
  let email, password: String
}

struct RefreshRequest: Decodable {
  let refreshToken: String?
  enum CodingKeys: String, CodingKey { case refreshToken = "refresh_token" }
}

/// What an account's owner changes of it. A member that is absent stays as it is.
struct ProfileChangeRequest: Decodable {
  /// Nil for an absent member; null removes the name.
  let name: String??

  private enum CodingKeys: String, CodingKey { case name }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = container.contains(.name) ? .some(try container.decode(String?.self, forKey: .name)) : .none
  }
}
