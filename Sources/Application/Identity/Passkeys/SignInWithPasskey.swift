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
  private let cryptography: any PasskeyCryptography
  private let rules: PasskeyRules
  private let issue: IssueTokens

  public init(
    accounts: any AccountRepository, passkeys: any PasskeyRepository, challenges: PasskeyChallenges,
    cryptography: any PasskeyCryptography, relyingParty: PasskeyRelyingParty, issue: IssueTokens
  ) {
    self.accounts = accounts
    self.passkeys = passkeys
    self.challenges = challenges
    self.cryptography = cryptography
    rules = PasskeyRules(relyingParty, hash: cryptography.sha256(Array(relyingParty.id.utf8)))
    self.issue = issue
  }

  /// A challenge for whoever wants to sign in.
  public func challenge() -> [UInt8] { challenges.new(for: .signIn) }

  /// - Throws: `IdentityError`, `PasskeyError`
  public func callAsFunction(
    _ answer: PasskeySignInAnswer, userAgent: String?, network: ClientNetwork? = nil
  ) async throws -> Tokens {
    let client: CollectedClientData
    do throws(PasskeyProblem) {
      client = try self.client(answer)
    } catch {
      throw PasskeyError.refused
    }
    guard let passkey = try await passkeys.passkey(credentialID: answer.credentialID) else {
      throw PasskeyError.unknown
    }
    let data: AuthenticatorData
    do throws(PasskeyProblem) {
      data = try check(answer, client, passkey)
    } catch {
      throw PasskeyError.refused
    }
    guard let account = try await accounts.account(passkey.user) else { throw PasskeyError.refused }
    if account.isDisabled { throw IdentityError.accountDisabled }
    try await challenges.use(client.challenge)
    let made = issue.newDevice(methods: ["passkey"], userAgent: userAgent, network: network)
    guard
      let current = try await passkeys.signIn(
        with: passkey.id, counter: data.counter, isBackedUp: data.flags.contains(.backedUp), device: made.device)
    else { throw PasskeyError.refused }
    return try await issue.tokens(current, to: made)
  }

  private func client(_ answer: PasskeySignInAnswer) throws(PasskeyProblem) -> CollectedClientData {
    let client = try CollectedClientData(answer.clientData)
    guard challenges.purpose(of: client.challenge, among: [.signIn]) != nil else { throw .wrongChallenge }
    return client
  }

  private func check(
    _ answer: PasskeySignInAnswer, _ client: CollectedClientData, _ passkey: StoredPasskey
  ) throws(PasskeyProblem) -> AuthenticatorData {
    guard answer.userHandle == passkey.user.passkeyHandle else { throw .wrongUserHandle }
    let data = try AuthenticatorData(answer.authenticatorData)
    try rules.signIn(client, data, wasBackupEligible: passkey.isBackupEligible)
    let key = try PasskeyPublicKey(cose: passkey.publicKey)
    let signed = answer.authenticatorData + cryptography.sha256(client.bytes)
    guard cryptography.isSignature(answer.signature, of: signed, by: key) else { throw .wrongSignature }
    guard PasskeyRules.canFollow(data.counter, after: passkey.counter) else { throw .counterWentBack }
    return data
  }
}
