/// What an account may do beyond its own affairs; the word travels in the token's `scope`.
public enum Scope: String, Sendable, CaseIterable {
  /// Sees and moves others' wallets, talks and tasks.
  case `operator`
}
