import Domain

extension MailedAccountLinkPurpose {
  /// The task that mails a link of this purpose.
  var mail: TaskType {
    switch self {
    case .verifyEmail: .verificationMail
    case .resetPassword: .passwordResetMail
    case .changeEmail: .emailChangeMail
    case .undoEmailChange: .emailUndoMail
    case .reauthenticate: .reauthenticationMail
    }
  }
}
