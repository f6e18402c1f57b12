import Domain

/// An authenticator's signature for a sign-in, as the browser gives it.
public struct PasskeySignInAnswer: Sendable {
  public let credentialID, clientData, authenticatorData, signature: [UInt8]
  /// The user that the authenticator made the passkey for.
  public let userHandle: [UInt8]

  public init(
    credentialID: [UInt8], clientData: [UInt8], authenticatorData: [UInt8], signature: [UInt8], userHandle: [UInt8]
  ) {
    self.credentialID = credentialID
    self.clientData = clientData
    self.authenticatorData = authenticatorData
    self.signature = signature
    self.userHandle = userHandle
  }
}

/// Signs in with a passkey alone: the authenticator tells who it is, and has verified the person.
public struct SignInWithPasskey: Sendable {
  private let accounts: any AccountRepository
  private let passkeys: any PasskeyRepository
  private let challenges: PasskeyChallenges
  private let verify: VerifyPasskeyAnswer
  private let issue: IssueTokens

  public init(
    accounts: any AccountRepository, passkeys: any PasskeyRepository, challenges: PasskeyChallenges,
    cryptography: any PasskeyCryptography, relyingParty: PasskeyRelyingParty, issue: IssueTokens
  ) {
    self.accounts = accounts
    self.passkeys = passkeys
    self.challenges = challenges
    verify = VerifyPasskeyAnswer(
      passkeys: passkeys, challenges: challenges, cryptography: cryptography, relyingParty: relyingParty)
    self.issue = issue
  }

  /// A challenge for whoever wants to sign in.
  public func challenge() -> [UInt8] { challenges.new(for: .signIn) }

  /// - Throws: `IdentityError`, `PasskeyError`
  public func callAsFunction(
    _ answer: PasskeySignInAnswer, userAgent: String?, network: ClientNetwork? = nil
  ) async throws -> Tokens {
    let checked = try await verify(answer, for: .signIn)
    guard let account = try await accounts.account(checked.passkey.user) else { throw PasskeyError.refused }
    if account.isDisabled { throw IdentityError.accountDisabled }
    try await challenges.use(checked.challenge)
    let made = issue.newDevice(methods: ["passkey"], userAgent: userAgent, network: network)
    guard
      let current = try await passkeys.signIn(
        with: checked.passkey.id, counter: checked.counter, isBackedUp: checked.isBackedUp, device: made.device)
    else { throw PasskeyError.refused }
    return try await issue.tokens(current, to: made)
  }
}
