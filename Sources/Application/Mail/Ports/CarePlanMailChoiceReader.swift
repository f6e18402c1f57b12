import Domain

public protocol CarePlanMailChoiceReader: Sendable {
  /// What the user wants the mails about care plans to hold; nil for a user who has chosen nothing, and for an account
  /// that is gone.
  func chosenCarePlanMail(of user: UserID) async throws -> CarePlanMailKind?
}
