import Domain

extension SettingsReader {
  /// What users may choose for the mails about their care plans. Auth offers it, and the task service keeps to it, so
  /// that both need the same settings.
  public func carePlanMailPolicy(isProduction: Bool) -> CarePlanMailPolicy {
    let allowsFull = flag("CARE_PLAN_MAIL_FULL", default: true)
    let usual: CarePlanMailKind = isProduction || !allowsFull ? .link : .full
    let text = string("CARE_PLAN_MAIL", default: usual.rawValue)
    // `plan` is the earlier name of `full`.
    guard let standard = text == "plan" ? .full : CarePlanMailKind(rawValue: text) else {
      add("CARE_PLAN_MAIL is link, full or none")
      return CarePlanMailPolicy(standard: .link, allowsFull: false)
    }
    if standard == .full, !allowsFull { add("CARE_PLAN_MAIL is full, which CARE_PLAN_MAIL_FULL forbids") }
    return CarePlanMailPolicy(standard: standard, allowsFull: allowsFull)
  }
}
