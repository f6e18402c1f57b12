import Domain

/// Lets an operator change what signs in to the account only after a sign-in with the operator's passkey or app, where
/// there is one. Otherwise the password, or a recovery code, would be enough to add another one, and with that to get
/// the operator's rights. Everybody else may, and so may an operator who enrols the first.
///
/// It looks before the change and not within it: whoever comes between enrols at the same time as the owner, and could
/// have enrolled before.
public struct DemandOperatorSignIn: Sendable {
  private let accounts: any AccountRepository

  public init(accounts: any AccountRepository) { self.accounts = accounts }

  /// - Throws: `operatorSignInRequired`
  public func callAsFunction(_ claims: AccessTokenClaims) async throws(IdentityError) {
    if claims.isOperator { return }
    guard let account = try await accounts.account(claims.userID) else { return }
    try Self.demand(of: claims, account)
  }

  /// - Throws: `operatorSignInRequired`
  public static func demand(of claims: AccessTokenClaims, _ account: Account) throws(IdentityError) {
    if claims.isOperator { return }
    if account.isOperator && (account.hasSecondFactor || account.hasPasskey) { throw .operatorSignInRequired }
  }
}
