/// What happened to the security of an account, as its owner reads it in the trail.
public enum SecurityEventKind: String, Sendable, CaseIterable {
  case registered
  case signedIn = "signed_in"
  /// A device was signed out, or ended for another reason.
  case deviceEnded = "device_ended"
  case emailVerified = "email_verified"
  case emailChangeRequested = "email_change_requested"
  case emailChanged = "email_changed"
  case emailChangeUndone = "email_change_undone"
  case passwordResetRequested = "password_reset_requested"
  case passwordReset = "password_reset"
  case passwordChanged = "password_changed"
  case googleLinked = "google_linked"
  case googleUnlinked = "google_unlinked"
  case passkeyAdded = "passkey_added"
  case passkeyRemoved = "passkey_removed"
  case secondFactorAdded = "second_factor_added"
  case secondFactorRemoved = "second_factor_removed"
  /// What the mails about care plans hold was chosen. It was set back if the detail is the cause of a removal.
  case carePlanMailChosen = "care_plan_mail_chosen"
  /// With all passkeys and the app, when somebody else may have added them.
  case operatorRightsRemoved = "operator_rights_removed"
  /// By an operator.
  case disabled
  /// By an operator.
  case enabled
  /// The owner of the address took over an account that somebody else had registered.
  case claimed
}
