import Domain

/// Proves by a passkey that a signed-in user is the account's owner.
public struct ProveByPasskey: Sendable {
  private let verify: VerifyPasskeyAnswer
  private let passkeys: any PasskeyRepository
  private let challenges: PasskeyChallenges

  public init(
    passkeys: any PasskeyRepository, challenges: PasskeyChallenges, cryptography: any PasskeyCryptography,
    relyingParty: PasskeyRelyingParty
  ) {
    verify = VerifyPasskeyAnswer(
      passkeys: passkeys, challenges: challenges, cryptography: cryptography, relyingParty: relyingParty)
    self.passkeys = passkeys
    self.challenges = challenges
  }

  /// A challenge for this user alone, and the passkeys that can answer it.
  public func offer(to user: UserID) async throws -> (challenge: [UInt8], passkeys: [PasskeySummary]) {
    (challenges.new(for: .reauthentication(of: user)), try await passkeys.passkeys(of: user))
  }

  /// Checks the answer without using it up.
  /// - Throws: `invalidCredentials`
  func check(
    _ answer: PasskeySignInAnswer, of user: UserID
  ) async throws(IdentityError) -> VerifyPasskeyAnswer.Checked {
    do {
      let checked = try await verify(answer, for: .reauthentication(of: user))
      guard checked.passkey.user == user else { throw IdentityError.invalidCredentials }
      return checked
    } catch let error as IdentityError {
      throw error
    } catch {
      throw .invalidCredentials
    }
  }

  /// Uses the challenge up, and notes the use of the passkey.
  /// - Throws: `invalidCredentials` for an answer that was used, and for a passkey that is gone.
  func use(_ checked: VerifyPasskeyAnswer.Checked) async throws(IdentityError) {
    do {
      try await challenges.use(checked.challenge)
    } catch let error as IdentityError {
      throw error
    } catch {
      throw .invalidCredentials
    }
    guard
      try await passkeys.use(checked.passkey.id, counter: checked.counter, isBackedUp: checked.isBackedUp)
    else { throw .invalidCredentials }
  }
}
