/// Why a device was signed out before its time. The raw value is stored with the device.
public enum DeviceEndCause: String, Sendable, CaseIterable {
  /// On the device itself.
  case signedOut = "signed_out"
  /// On another device of the same user.
  case signedOutElsewhere = "signed_out_elsewhere"
  /// A refresh token was presented that had been exchanged before, so two parties have the device's tokens.
  case replayed
  case passwordChanged = "password_changed"
  case passwordReset = "password_reset"
  case emailChanged = "email_changed"
  /// The account got a second factor on another device.
  case secondFactorAdded = "second_factor_added"
  /// An operator removed the account's second factor, for whoever asked as its owner.
  case secondFactorRemoved = "second_factor_removed"
  /// The owner of the address signed in through Google, and the account's address was not proven.
  case claimed
  /// The account was merged into another one.
  case merged
  case accountDisabled = "account_disabled"
  case accountDeleted = "account_deleted"
}
