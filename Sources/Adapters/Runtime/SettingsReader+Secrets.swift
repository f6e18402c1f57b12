extension SettingsReader {
  /// The fewest bytes of a secret that keys are derived from, in production.
  public static let leastSecretBytes = 32

  /// Refuses secrets that are set and could be guessed.
  public func refuseShort(_ secrets: [(name: String, value: String?)]) {
    for (name, value) in secrets {
      guard let value, !value.isEmpty, value.utf8.count < Self.leastSecretBytes else { continue }
      add("\(name) is weaker than \(Self.leastSecretBytes) random bytes")
    }
  }
}
