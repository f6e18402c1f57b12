/// What an account may do beyond its own data; the raw value is part of the token's `scope`.
public enum Scope: String, Sendable, CaseIterable {
  /// May read and change other users' wallets, talks and tasks.
  case `operator`
}
