/// What the mail about a care plan holds. The raw value is stored, and stands in settings and requests.
public enum CarePlanMailKind: String, Sendable, Codable, CaseIterable {
  /// A link to the plan, which is shown after signing in.
  case link
  /// The plan itself, which mailboxes keep for years.
  case full
  /// There is no mail.
  case none
}
