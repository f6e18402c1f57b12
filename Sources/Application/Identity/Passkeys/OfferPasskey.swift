import Domain

/// What a browser needs to make a passkey.
public struct PasskeyOffer: Sendable {
  public let challenge: [UInt8]
  public let account: Account
  /// The user's passkeys: an authenticator that has one of them makes no second one.
  public let existing: [PasskeySummary]
  public let isAutomatic: Bool
}

/// Begins the registration of a passkey for a signed-in user.
public struct OfferPasskey: Sendable {
  private let accounts: any AccountRepository
  private let passkeys: any PasskeyRepository
  private let challenges: PasskeyChallenges

  public init(accounts: any AccountRepository, passkeys: any PasskeyRepository, challenges: PasskeyChallenges) {
    self.accounts = accounts
    self.passkeys = passkeys
    self.challenges = challenges
  }

  /// - Parameter isAutomatic: whether the browser makes it without asking, after a sign-in by password.
  /// - Throws: `IdentityError`, `PasskeyError.tooMany`
  public func callAsFunction(to user: UserID, isAutomatic: Bool) async throws -> PasskeyOffer {
    guard let account = try await accounts.account(user) else { throw IdentityError.accountGone }
    let existing = try await passkeys.passkeys(of: user)
    if existing.count >= PasskeyRules.mostPasskeys { throw PasskeyError.tooMany }
    return PasskeyOffer(
      challenge: challenges.new(for: .registration(of: user, isAutomatic: isAutomatic)), account: account,
      existing: existing, isAutomatic: isAutomatic)
  }
}
