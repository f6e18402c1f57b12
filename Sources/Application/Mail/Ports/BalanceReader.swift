import Domain

public protocol BalanceReader: Sendable {
  /// The talk time that a user has, available and held together; zero for a user without a wallet.
  func balance(of user: UserID) async throws -> TalkTime
}
