import Domain

public enum ChooseCarePlanMailError: StableError, Equatable {
  /// The operator does not allow it.
  case notOffered

  public var code: String {
    switch self {
    case .notOffered: "care_plan_mail_not_offered"
    }
  }
}

/// Reads and stores what a user wants the mails about care plans to hold, within what the operator allows. A mail that
/// still waits goes by the choice at the time at which it is sent.
public struct ChooseCarePlanMail: Sendable {
  public struct State: Sendable, Equatable {
    /// Nil for a user who has chosen nothing.
    public let choice: CarePlanMailKind?
    /// What the mails hold.
    public let kind: CarePlanMailKind
    public let offered: [CarePlanMailKind]
  }

  private let policy: CarePlanMailPolicy
  private let choices: any CarePlanMailChoiceRepository

  public init(policy: CarePlanMailPolicy, choices: any CarePlanMailChoiceRepository) {
    self.policy = policy
    self.choices = choices
  }

  public func state(of user: UserID) async throws(IdentityError) -> State {
    state(try await choices.carePlanMail(of: user))
  }

  /// Whether this choice needs a fresh proof of identity: one that lets mails hold whole plans does, since a mailbox
  /// keeps them for years. No other choice gives a mail more than it has.
  /// - Throws: `accountGone`
  public func needsProof(_ choice: CarePlanMailKind?, of user: UserID) async throws(IdentityError) -> Bool {
    policy.opensPlans(choosing: choice, after: try await choices.carePlanMail(of: user))
  }

  /// - Parameter choice: nil to leave it to the operator
  /// - Throws: `IdentityError`, `ChooseCarePlanMailError`
  public func callAsFunction(_ choice: CarePlanMailKind?, by user: UserID) async throws -> State {
    if let choice, !policy.offered.contains(choice) { throw ChooseCarePlanMailError.notOffered }
    try await choices.chooseCarePlanMail(choice, by: user)
    return state(choice)
  }

  private func state(_ choice: CarePlanMailKind?) -> State {
    State(choice: choice, kind: policy.kind(chosen: choice), offered: policy.offered)
  }
}
