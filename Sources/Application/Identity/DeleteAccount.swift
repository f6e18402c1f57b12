import Domain

public enum DeleteAccountError: StableError, Equatable {
  /// Talk time is left. The owner has to use it, or to say that it is given up.
  case balanceLeft(TalkTime)

  public var code: String {
    switch self {
    case .balanceLeft: "balance_left"
    }
  }
}

/// Deletes the account of a signed-in user who proves once more that it is theirs.
public struct DeleteAccount: Sendable {
  public enum Proof: Sendable {
    case password(String)
    /// - Parameter fromPage: whether a browser's page sends the credential, which then needs a nonce.
    case google(credential: String, nonce: String?, fromPage: Bool)
    case passkey(PasskeySignInAnswer)
    /// A code that was mailed to prove the identity once more.
    case mailedCode(String)
  }

  private let confirm: ConfirmPassword
  private let redeem: RedeemGoogleCredential
  private let passkey: ProveByPasskey
  private let read: ReadMailedAccountLink
  private let deletions: any AccountDeletionRepository

  public init(
    confirm: ConfirmPassword, redeem: RedeemGoogleCredential, passkey: ProveByPasskey, read: ReadMailedAccountLink,
    deletions: any AccountDeletionRepository
  ) {
    self.confirm = confirm
    self.redeem = redeem
    self.passkey = passkey
    self.read = read
    self.deletions = deletions
  }

  /// - Throws: `IdentityError`, `DeleteAccountError`; nothing is deleted then, and a credential of Google can be sent
  ///   again. The challenge that a passkey answered is used up.
  public func callAsFunction(
    _ user: UserID, on device: DeviceID, provenBy proof: Proof, forfeitsBalance: Bool
  ) async throws {
    switch proof {
    case .password(let password):
      let (_, hash) = try await confirm(password, of: user, on: device)
      try await delete(user, .password(hash: hash), forfeitsBalance)
    case .google(let text, let nonce, let fromPage):
      guard try await confirm.accounts.account(user) != nil else { throw IdentityError.accountGone }
      let credential = try await redeem.check(text, nonce: nonce, fromPage: fromPage)
      try await delete(user, .google(subject: credential.identity.subject), forfeitsBalance)
      // The account is deleted, so that the credential cannot delete it again.
      try? await redeem.use(credential)
    case .passkey(let answer):
      guard try await confirm.accounts.account(user) != nil else { throw IdentityError.accountGone }
      let checked = try await passkey.check(answer, of: user)
      // Before the answer, so that nobody who sees the request can send its answer after a refusal.
      try await passkey.use(checked)
      try await delete(user, .passkey(checked.passkey.id), forfeitsBalance)
    case .mailedCode(let code):
      guard try await confirm.accounts.account(user) != nil else { throw IdentityError.accountGone }
      let link = try await read(reauthenticationCode: code, of: user)
      try await delete(user, .mailedCode(link: link.id), forfeitsBalance)
    }
  }

  private func delete(_ user: UserID, _ proof: OwnershipProof, _ forfeitsBalance: Bool) async throws {
    switch try await deletions.delete(user, provenBy: proof, forfeitsBalance: forfeitsBalance) {
    case .deleted: return
    case .balanceLeft(let time): throw DeleteAccountError.balanceLeft(time)
    case .notProven: throw IdentityError.invalidCredentials
    case .gone: throw IdentityError.accountGone
    }
  }
}
