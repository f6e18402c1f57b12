extension SettingsReader {
  /// The fewest bytes of a secret that keys are derived from, in production.
  public static let leastSecretBytes = 32

  /// The secrets that keys are derived from, each with its names. The first name that is set is the one that is read.
  public static let keySecrets = [
    ["JWT_SECRET_KEY"], ["JWT_SECRET_KEY_NEXT"], ["JWT_SECRET_KEY_PREVIOUS"], ["SECRET_KEY", "FLASK_SECRET_KEY"],
    ["SECRET_KEY_PREVIOUS"],
  ]

  /// What is wrong with those of `keySecrets` that are set and could be guessed, whether they were read before or not.
  public func weakSecrets() -> [String] { Self.keySecrets.compactMap { weakness(of: $0) } }

  /// Refuses those of `keySecrets` that were read so far, are set, and could be guessed.
  public func refuseWeakSecrets() {
    let read = Set(readings.map(\.name))
    for names in Self.keySecrets where !read.isDisjoint(with: names) {
      if let problem = weakness(of: names) { add(problem) }
    }
  }

  private func weakness(of names: [String]) -> String? {
    for name in names {
      guard let value = optional(name, secret: true) else { continue }
      guard value.utf8.count < Self.leastSecretBytes else { return nil }
      return "\(name) is weaker than \(Self.leastSecretBytes) random bytes"
    }
    return nil
  }
}
