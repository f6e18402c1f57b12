import Application
import Domain
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
      case .newPasswordRequired:
        .conflict(
          "The address was registered more than once. Choose a password with this token: POST /auth/password/reset.")
      case .linkRequired:
        .conflict("There is an account with this address. Sign in to it and link Google then: POST /auth/google/link.")
      case .accountDisabled: .forbidden("This account is disabled.")
      case .accountGone: .unauthorized("This account is gone.")
      case .deviceNotFound: .notFound("There is no such signed-in device.")
      case .googleAccountTaken: .conflict("This Google account belongs to another account.")
      case .alreadyLinked: .conflict("The account is linked to another Google account. Unlink that first.")
      case .passwordRequired: .conflict("Google is the only way to sign in. Set a password first.")
      case .attemptLimit(let wait):
        .refused(
          .tooManyRequests, "Too many wrong passwords for this address.", retryAfter: max(1, wait.components.seconds))
      case .passwordLocked:
        .forbidden(
          "Too many wrong passwords for this address. Set a new one by the link in the mail, or use a device that has "
            + "signed in before.")
      case .secondFactorRequired(let challenge):
        .unauthorized(
          "This account has a second factor: POST /auth/second-factor.",
          members: ["challenge_token": .text(challenge.token), "methods": .list(SignInChallenge.methods)])
      case .codeRequired:
        .unauthorized(
          "This account has a second factor. Send a code of it.", members: ["methods": .list(SignInChallenge.methods)])
      case .operatorSignInRequired:
        .forbidden("An operator changes this after a sign-in with a passkey or a code only.")
      case .secondFactorLocked:
        .forbidden("There were too many wrong codes. Reset the password by mail, or use a recovery code.")
      case .alreadyEnrolled: .conflict("The account has an authenticator app. Remove it first: DELETE /auth/totp.")
      case .enrolmentNotFound: .notFound("No authenticator app waits for its first code: POST /auth/totp.")
      case .mailLimit(let wait):
        .refused(
          .tooManyRequests, "This address has had its mails for now.", retryAfter: max(1, wait.components.seconds))
      case .codeLimit(let wait):
        .refused(
          .tooManyRequests, "Too many codes were tried. Use the link in the mail, or wait.",
          retryAfter: max(1, wait.components.seconds))
      }
    }
    .adding(GiveConsentError.self) { error in
      switch error {
      case .outdated(let current):
        .refused(
          .conflict, "Another version of the text is current.",
          members: current.map { ["version": Problem.Member.text($0.text)] } ?? [:])
      }
    }
    .adding(ChooseCarePlanMailError.self) { error in
      switch error {
      case .notOffered: .forbidden("This is not offered here. Choose one of those that GET shows.")
      }
    }
    .adding(DeleteAccountError.self) { error in
      switch error {
      case .balanceLeft(let time):
        .refused(
          .conflict, "Talk time is left. Use it, or give it up: \"forfeit\": true.",
          members: ["balance_ms": .number(time.milliseconds)])
      }
    }
    .adding(UserAdministrationError.self) { error in
      switch error {
      case .unavailable: .unavailable("The service cannot answer just now.")
      case .userNotFound: .notFound("There is no such user.")
      case .invalidReason:
        .invalidField("reason", "A reason has 1 to \(Reason.longest) characters and no control characters.")
      case .ownAccount: .conflict("Another operator has to disable or enable your account.")
      }
    }
    .adding(PasskeyError.self) { error in
      switch error {
      case .refused: .unauthorized("These credentials are not right.")
      case .unknown: .unauthorized("These credentials are not right.", members: ["credential": .text("unknown")])
      case .known: .conflict("This passkey belongs to an account already.")
      case .tooMany: .conflict("An account has \(PasskeyRules.mostPasskeys) passkeys at most. Remove one first.")
      case .notFound: .notFound("There is no such passkey.")
      case .lastWayIn: .conflict("This passkey is the only way to sign in. Set a password first.")
      }
    }
    .adding(PasswordProblem.self) { error in
      switch error {
      case .tooShort: .invalidField("password", code: error.code, error.sentence)
      case .tooLong: .invalidField("password", code: error.code, error.sentence)
      case .common: .invalidField("password", code: error.code, error.sentence)
      case .isAddress: .invalidField("password", code: error.code, error.sentence)
      case .breached: .invalidField("password", code: error.code, error.sentence)
      }
    }
}
