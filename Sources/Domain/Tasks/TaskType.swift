/// The work that a worker of this build can do. A row of another type is parked, so that an operator sees it.
public enum TaskType: String, Sendable, CaseIterable {
  case carePlan = "care_plan"
  case carePlanMail = "care_plan_mail"
  case verificationMail = "verification_mail"
  case passwordResetMail = "password_reset_mail"
  case passwordChangedMail = "password_changed_mail"
  case emailChangeMail = "email_change_mail"
  case emailUndoMail = "email_undo_mail"
  case receiptMail = "receipt_mail"
  case creditNoteMail = "credit_note_mail"
  case debitNoteMail = "debit_note_mail"
  case paymentReturnMail = "payment_return_mail"
  case googleLinkedMail = "google_linked_mail"
  case newDeviceMail = "new_device_mail"
  case secondFactorMail = "second_factor_mail"
  case accountErasure = "account_erasure"
  case conversationErasure = "conversation_erasure"
  case passkeyChangedMail = "passkey_changed_mail"
  case lowBalanceMail = "low_balance_mail"
  case reauthenticationMail = "reauthentication_mail"
  case waysInRemovedMail = "ways_in_removed_mail"
  case taskAction = "task_action"
  case carePlanKeys = "care_plan_keys"
  case balanceRecoveredMail = "balance_recovered_mail"
}

extension TaskType {
  /// Whether the task erases what is left of a deleted account.
  public var isErasure: Bool { self == .accountErasure || self == .conversationErasure }

  /// Whether the task sends a mail. A mail may wait until its address is proven, and is woken then, whichever it is.
  public var isMail: Bool {
    switch self {
    case .carePlanMail, .verificationMail, .passwordResetMail, .passwordChangedMail, .emailChangeMail, .emailUndoMail,
      .receiptMail, .creditNoteMail, .debitNoteMail, .paymentReturnMail, .googleLinkedMail, .newDeviceMail,
      .secondFactorMail, .passkeyChangedMail, .lowBalanceMail, .reauthenticationMail, .waysInRemovedMail,
      .balanceRecoveredMail:
      true
    case .carePlan, .accountErasure, .conversationErasure, .taskAction, .carePlanKeys: false
    }
  }

  /// Whether a task that is over begins anew when the same one is asked for again. Otherwise an erasure that found its
  /// account not deleted would keep the account's later deletion from being carried out.
  public var beginsAnew: Bool { self == .accountErasure }

  /// For how long a task is tried, from its creation or from an operator's retry: longer than a provider's outage. What
  /// a person has a right to is tried for longer.
  public var giveUpAfter: Duration { .seconds((isErasure ? 30 : 3) * 86_400) }
}

/// `pending` also applies between attempts. `failed` is final: an operator sees it and may retry the task.
public enum TaskState: String, Sendable, CaseIterable {
  case pending, running, completed, failed, cancelled, parked
}

extension TaskState {
  /// Whether a task in this state has not ended.
  public var isOpen: Bool { self == .pending || self == .running || self == .parked }
  public var canRetry: Bool { self == .failed || self == .cancelled || self == .parked }
  public var canCancel: Bool { self == .pending || self == .parked || self == .running }
}
