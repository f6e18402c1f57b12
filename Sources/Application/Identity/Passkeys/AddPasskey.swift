import Domain

/// A browser's answer about a new passkey.
public struct PasskeyRegistrationAnswer: Sendable {
  public let credentialID, clientData, attestation: [UInt8]
  public let transports: [PasskeyTransport]

  public init(credentialID: [UInt8], clientData: [UInt8], attestation: [UInt8], transports: [PasskeyTransport]) {
    self.credentialID = credentialID
    self.clientData = clientData
    self.attestation = attestation
    self.transports = transports
  }
}

/// Adds a passkey to the account of a signed-in user.
public struct AddPasskey: Sendable {
  private let passkeys: any PasskeyRepository
  private let challenges: PasskeyChallenges
  private let cryptography: any PasskeyCryptography
  private let rules: PasskeyRules

  public init(
    passkeys: any PasskeyRepository, challenges: PasskeyChallenges, cryptography: any PasskeyCryptography,
    relyingParty: PasskeyRelyingParty
  ) {
    self.passkeys = passkeys
    self.challenges = challenges
    self.cryptography = cryptography
    rules = PasskeyRules(relyingParty, hash: cryptography.sha256(Array(relyingParty.id.utf8)))
  }

  /// - Throws: `IdentityError`, `PasskeyError`
  public func callAsFunction(
    _ answer: PasskeyRegistrationAnswer, name: PasskeyName, user: UserID
  ) async throws -> PasskeySummary {
    let checked: (credential: NewPasskeyCredential, challenge: String)
    do throws(PasskeyProblem) {
      checked = try check(answer, user)
    } catch {
      throw PasskeyError.refused
    }
    try await challenges.use(checked.challenge)
    let added = try await passkeys.add(checked.credential, name: name.text, transports: answer.transports, to: user)
    switch added {
    case .added(let passkey): return passkey
    case .known: throw PasskeyError.known
    case .tooMany: throw PasskeyError.tooMany
    case .accountGone: throw IdentityError.accountGone
    }
  }

  private func check(
    _ answer: PasskeyRegistrationAnswer, _ user: UserID
  ) throws(PasskeyProblem) -> (credential: NewPasskeyCredential, challenge: String) {
    let client = try CollectedClientData(answer.clientData)
    let purposes = [false, true].map { PasskeyChallengePurpose.registration(of: user, isAutomatic: $0) }
    guard let purpose = challenges.purpose(of: client.challenge, among: purposes) else { throw .wrongChallenge }
    let credential = try rules.newPasskey(
      client, attestation: answer.attestation, id: answer.credentialID, isAutomatic: purpose == purposes.last)
    guard cryptography.isUsable(credential.publicKey) else { throw .unsupportedKey }
    return (credential, client.challenge)
  }
}
