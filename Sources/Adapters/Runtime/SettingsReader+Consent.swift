import Domain

extension SettingsReader {
  /// The version that a user has to consent to before a talk; nil if none is asked for. Auth and session need the same
  /// value.
  public func consentVersion() -> ConsentVersion? {
    guard let text = optional("CONSENT_VERSION") else { return nil }
    let version = ConsentVersion(text)
    if version == nil { add("CONSENT_VERSION has 1 to \(ConsentVersion.longest) letters, digits, dots and hyphens") }
    return version
  }
}
