import Application
import HTTPServing

extension ProblemTable {
  /// The problem that a client of /auth receives for each error.
  static let auth = ProblemTable.edge
    .adding(IdentityError.self) { error in
      switch error {
      case .unavailable: .unavailable("The service cannot answer just now.")
      case .emailTaken: .conflict("There is an account with this address.")
      case .invalidCredentials: .unauthorized("These credentials are not right.")
      case .invalidToken: .unauthorized("This token is not valid, or not any more.")
      case .invalidLink: .refused(.badRequest, "This link is not valid, or not any more.")
      case .linkRequired: .conflict("Sign in with the password and link Google then.")
      case .accountDisabled: .forbidden("This account is disabled.")
      case .accountGone: .unauthorized("This account is gone.")
      case .deviceNotFound: .notFound("There is no such signed-in device.")
      }
    }
}
