import Domain

/// Checks what an authenticator has signed. The challenge is not used up by that.
struct VerifyPasskeyAnswer: Sendable {
  struct Checked: Sendable {
    let passkey: StoredPasskey
    let counter: UInt32
    let isBackedUp: Bool
    let challenge: String
  }

  private let passkeys: any PasskeyRepository
  private let challenges: PasskeyChallenges
  private let cryptography: any PasskeyCryptography
  private let rules: PasskeyRules

  init(
    passkeys: any PasskeyRepository, challenges: PasskeyChallenges, cryptography: any PasskeyCryptography,
    relyingParty: PasskeyRelyingParty
  ) {
    self.passkeys = passkeys
    self.challenges = challenges
    self.cryptography = cryptography
    rules = PasskeyRules(relyingParty, hash: cryptography.sha256(Array(relyingParty.id.utf8)))
  }

  /// - Throws: `IdentityError`; `PasskeyError.refused`, `unknown`
  func callAsFunction(_ answer: PasskeySignInAnswer, for purpose: PasskeyChallengePurpose) async throws -> Checked {
    let client: CollectedClientData
    do throws(PasskeyProblem) {
      client = try self.client(answer, purpose)
    } catch {
      throw PasskeyError.refused
    }
    guard let passkey = try await passkeys.passkey(credentialID: answer.credentialID) else {
      throw PasskeyError.unknown
    }
    do throws(PasskeyProblem) {
      let data = try check(answer, client, passkey)
      return Checked(
        passkey: passkey, counter: data.counter, isBackedUp: data.flags.contains(.backedUp),
        challenge: client.challenge)
    } catch {
      throw PasskeyError.refused
    }
  }

  private func client(
    _ answer: PasskeySignInAnswer, _ purpose: PasskeyChallengePurpose
  ) throws(PasskeyProblem) -> CollectedClientData {
    let client = try CollectedClientData(answer.clientData)
    guard challenges.purpose(of: client.challenge, among: [purpose]) != nil else { throw .wrongChallenge }
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
