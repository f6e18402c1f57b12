import Domain

/// What one operator with the role `finance` may give away in a day of UTC.
struct OperatorDailyCaps: Sendable {
  let talkTime: TalkTime
  let money: Paise

  /// - Returns: nil for a role without a cap.
  func grants(by role: OperatorRole?) -> TalkTime? { role == .admin ? nil : talkTime }
  /// - Returns: nil for a role without a cap.
  func refunds(by role: OperatorRole?) -> Paise? { role == .admin ? nil : money }
}
