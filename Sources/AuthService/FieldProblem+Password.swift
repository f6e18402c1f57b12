import Application
import Domain
import HTTPServing

extension FieldProblem {
  /// The field `password` cannot be chosen.
  init(_ problem: PasswordProblem) { self.init("password", code: problem.code, problem.sentence) }
}

extension PasswordProblem {
  var sentence: String {
    switch self {
    case .tooShort(let minimum): "A password has at least \(minimum) characters."
    case .tooLong: "A password has at most \(PasswordPolicy.longest) characters."
    case .common: "This password is one of the first that are tried."
    case .isAddress: "A password is not a part of the e-mail address."
    case .breached: "This password is known from a breach of another site's data."
    }
  }
}
