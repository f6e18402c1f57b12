import Domain

/// What users want the mails about their care plans to hold.
public protocol CarePlanMailChoiceRepository: Sendable {
  /// Nil for a user who has chosen nothing.
  /// - Throws: `accountGone`
  func carePlanMail(of user: UserID) async throws(IdentityError) -> CarePlanMailKind?
  /// - Parameter choice: nil to leave it to the operator
  /// - Throws: `accountGone`
  func chooseCarePlanMail(_ choice: CarePlanMailKind?, by user: UserID) async throws(IdentityError)
}
