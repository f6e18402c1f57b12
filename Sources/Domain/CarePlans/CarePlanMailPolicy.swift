/// What an operator lets users choose for the mails about their care plans.
public struct CarePlanMailPolicy: Sendable, Equatable {
  /// For a user who has chosen nothing.
  public let standard: CarePlanMailKind
  /// Whether a mail may hold the plan itself.
  public let allowsFull: Bool

  /// A standard that is not allowed becomes a link.
  public init(standard: CarePlanMailKind, allowsFull: Bool) {
    self.standard = standard == .full && !allowsFull ? .link : standard
    self.allowsFull = allowsFull
  }

  /// What a user may choose.
  public var offered: [CarePlanMailKind] { CarePlanMailKind.allCases.filter { allowsFull || $0 != .full } }

  /// What a user's mails hold. A choice that is not allowed any more becomes a link.
  /// - Parameter choice: nil for a user who has chosen nothing
  public func kind(chosen choice: CarePlanMailKind?) -> CarePlanMailKind {
    guard let choice else { return standard }
    return offered.contains(choice) ? choice : .link
  }

  /// Whether a user's mails hold whole plans with the new choice, and do not with the old one.
  public func opensPlans(choosing new: CarePlanMailKind?, after old: CarePlanMailKind?) -> Bool {
    kind(chosen: new) == .full && kind(chosen: old) != .full
  }
}
