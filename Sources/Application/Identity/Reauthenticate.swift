import Domain

/// What a signed-in user proves once more.
public struct ReauthenticationProof: Sendable {
  public let password: String?
  /// Of Google.
  public let credential: String?
  public let nonce: String?
  /// A code is one of the account's app, and for an account without an app the one that was mailed.
  public let answer: SecondFactorAnswer?
  public let passkey: PasskeySignInAnswer?

  public init(
    password: String? = nil, credential: String? = nil, nonce: String? = nil, answer: SecondFactorAnswer? = nil,
    passkey: PasskeySignInAnswer? = nil
  ) {
    self.password = password
    self.credential = credential
    self.nonce = nonce
    self.answer = answer
    self.passkey = passkey
  }
}

/// Asks a signed-in user for a proof of identity once more, and gives the device an access token with the new time. An
/// account with a second factor is asked for that or a passkey; any other for its password, its Google account, a
/// passkey or a mailed code. Whatever else is given must be right, too.
public struct Reauthenticate: Sendable {
  private let confirm: ConfirmPassword
  private let redeem: RedeemGoogleCredential
  private let verify: VerifySecondFactor
  private let passkey: ProveByPasskey
  private let read: ReadMailedAccountLink
  private let issue: IssueTokens

  public init(
    confirm: ConfirmPassword, redeem: RedeemGoogleCredential, verify: VerifySecondFactor, passkey: ProveByPasskey,
    read: ReadMailedAccountLink, issue: IssueTokens
  ) {
    self.confirm = confirm
    self.redeem = redeem
    self.verify = verify
    self.passkey = passkey
    self.read = read
    self.issue = issue
  }

  /// The device keeps its refresh token.
  /// - Parameter fromPage: whether a browser's page sends a credential, which then needs a nonce.
  /// - Throws: `codeRequired`; `invalidCredentials`, also where nothing was given that this account is asked for.
  public func callAsFunction(
    _ proof: ReauthenticationProof, of claims: AccessTokenClaims, fromPage: Bool
  ) async throws(IdentityError) -> IssuedAccessToken {
    let user = claims.userID
    guard let account = try await confirm.accounts.account(user) else { throw .accountGone }
    if account.isDisabled { throw .accountDisabled }
    if account.hasSecondFactor && proof.answer == nil && proof.passkey == nil { throw .codeRequired }
    var methods: [AuthenticationMethod] = []
    if let password = proof.password {
      _ = try await confirm(password, of: user, on: claims.deviceID)
      methods.append(.password)
    }
    let credential = try await credential(proof, of: user, fromPage: fromPage)
    if credential != nil { methods.append(.google) }
    var checked: VerifyPasskeyAnswer.Checked?
    if let answer = proof.passkey {
      checked = try await passkey.check(answer, of: user)
      methods.append(.passkey)
    }
    if let answer = proof.answer { methods.append(try await verify(answer, of: account)) }
    guard !methods.isEmpty else { throw .invalidCredentials }
    // The new moment of proof lets an operator move money, so that it needs what the operator's rights needed.
    if claims.isOperator, !methods.map(\.rawValue).allowOperators { throw .codeRequired }
    if let credential { try await redeem.use(credential) }
    if let checked { try await passkey.use(checked) }
    let signIn = try await issue.devices.reauthenticate(
      claims.deviceID, user: user, by: methods.map(\.rawValue), at: issue.clock.now())
    guard let signIn else { throw .invalidToken }
    return try await issue.accessToken(account, signIn)
  }

  private func verify(
    _ answer: SecondFactorAnswer, of account: Account
  ) async throws(IdentityError) -> AuthenticationMethod {
    guard case .code(let code) = answer, !account.hasSecondFactor else {
      return try await verify(answer, of: account.id)
    }
    guard try await read.links.use(try await read(reauthenticationCode: code, of: account.id)) else {
      throw .invalidCredentials
    }
    return .mailedCode
  }

  private func credential(
    _ proof: ReauthenticationProof, of user: UserID, fromPage: Bool
  ) async throws(IdentityError) -> VerifiedGoogleCredential? {
    guard let text = proof.credential else { return nil }
    let credential = try await redeem.check(text, nonce: proof.nonce, fromPage: fromPage)
    guard try await confirm.accounts.account(googleSubject: credential.identity.subject)?.id == user else {
      throw .invalidCredentials
    }
    return credential
  }
}
