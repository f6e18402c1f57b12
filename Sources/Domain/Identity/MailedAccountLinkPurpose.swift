/// What a mailed link is for. The raw value is part of what the link's secret is derived from, and is stored.
public enum MailedAccountLinkPurpose: String, Sendable, Codable, CaseIterable {
  case verifyEmail = "verify-email"
  case resetPassword = "reset-password"
  /// Mailed to the new address.
  case changeEmail = "change-email"
  /// Mailed to the address before.
  case undoEmailChange = "undo-email-change"
  /// Only its code is mailed: a signed-in user proves their identity once more.
  case reauthenticate = "reauthenticate"

  /// How long a link is valid.
  public var life: Duration {
    switch self {
    case .verifyEmail, .changeEmail: .seconds(24 * 3_600)
    case .resetPassword: .seconds(1_800)
    case .undoEmailChange: .seconds(7 * 24 * 3_600)
    case .reauthenticate: .seconds(600)
    }
  }

  /// How long after its request a link that was never mailed is renewed, when its mail can be sent at last. A
  /// verification outlasts any outage of the mail provider. Who changes the address, resets a password or proves an
  /// identity once more waits for the mail and asks again: long afterwards such a mail would be a surprise, and a way
  /// in that nobody expects. A change goes to an address that nobody has proven, and its link alone moves the account.
  /// An undoing is possible for seven days after the change, whenever its mail comes.
  public var renewableFor: Duration {
    switch self {
    case .verifyEmail: .seconds(7 * 24 * 3_600)
    case .changeEmail, .resetPassword, .reauthenticate: life
    case .undoEmailChange: .zero
    }
  }

  /// A link with less time than this is as good as none for who gets its mail: a tenth of its life. An undoing is worth
  /// its mail to the end.
  public var shortestRest: Duration { self == .undoEmailChange ? .zero : life / 10 }

  /// A link that still lasts as long need not be renewed before its mail is sent.
  /// - Parameter mayBeThere: whether an earlier mail may have brought the link, so that a change of its end is to be
  ///   avoided.
  public func enoughRest(mayBeThere: Bool) -> Duration { mayBeThere ? shortestRest : life / 2 }

  /// The links of this purpose that are mailed to one address in an hour; nil for any number.
  public var mostAnHour: Int? { self == .undoEmailChange ? nil : 3 }

  /// The shortest time between two links of this purpose to one address.
  public var pause: Duration { self == .verifyEmail ? .seconds(60) : .zero }

  /// Whether the link changes an account that an operator has disabled. An undoing does: it signs nobody in, and takes
  /// the account from whoever changed the address, for which its owner has seven days, however long an operator looks
  /// into the matter. Every other link gives its reader something that the operator has taken away for now.
  public var worksWhileDisabled: Bool { self == .undoEmailChange }

  /// Whether the mail has a code beside the link. An undoing is mailed to somebody who began nothing.
  public var hasCode: Bool { self != .undoEmailChange }

  /// The name of the link's secret in the fragment of its URL. A fragment is never sent to a server. Nil for a purpose
  /// whose mail has no link.
  public var fragment: String? {
    switch self {
    case .verifyEmail, .changeEmail: "verify"
    case .resetPassword: "reset"
    case .undoEmailChange: "undo"
    case .reauthenticate: nil
    }
  }
}
