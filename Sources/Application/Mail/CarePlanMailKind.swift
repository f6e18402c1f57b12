/// What the mail about a care plan holds.
public enum CarePlanMailKind: String, Sendable, CaseIterable {
  /// A link to the plan, which is shown after signing in.
  case link
  /// The plan itself, which mailboxes keep for years.
  case plan
}
