import Domain

/// Bounds the guessing of passwords, at sign-in and where a signed-in user is asked once more. A device that has signed
/// in to the account before is counted alone, so that nobody can lock an owner out. All that were known in an earlier
/// epoch of the account are counted together, apart from strangers.
public struct LimitPasswordAttempts: Sendable {
  /// An attempt that is counted, whose password may be compared.
  struct Attempt: Sendable {
    let address: EmailAddress
    let device: DeviceID?
    let isLast: Bool
  }

  private let attempts: any PasswordAttemptRepository
  private let knownDevices: any KnownDeviceProver
  private let links: any MailedAccountLinkRepository
  private let policy: PasswordAttemptPolicy

  public init(
    attempts: any PasswordAttemptRepository, knownDevices: any KnownDeviceProver,
    links: any MailedAccountLinkRepository, policy: PasswordAttemptPolicy
  ) {
    self.attempts = attempts
    self.knownDevices = knownDevices
    self.links = links
    self.policy = policy
  }

  /// - Parameters:
  ///   - account: of the address, if there is one.
  ///   - proofs: what the browser presents; the first of this account and its epoch counts, or else any of the account.
  /// - Throws: `attemptLimit`, `passwordLocked`
  func begin(
    _ address: EmailAddress, account: Account?, proofs: [String]
  ) async throws(IdentityError) -> Attempt {
    try await begin(address, from: account.flatMap { counted($0, proofs) })
  }

  /// - Returns: the device by which attempts are counted; nil for a stranger's.
  private func counted(_ account: Account, _ proofs: [String]) -> DeviceID? {
    let proven = proofs.compactMap { knownDevices.read($0, user: account.id) }
    if let current = proven.first(where: { $0.epoch == account.knownDevicesEpoch }) { return current.device }
    // The account's own id, which no device has, stands for all of its former ones.
    return proven.contains { $0.epoch < account.knownDevicesEpoch } ? DeviceID(account.id.uuid) : nil
  }

  /// - Parameter device: that has signed in to the account before; nil for any other.
  /// - Throws: `attemptLimit`, `passwordLocked`
  func begin(_ address: EmailAddress, from device: DeviceID?) async throws(IdentityError) -> Attempt {
    switch try await attempts.begin(address, from: device, policy) {
    case .allowed(let inARow):
      return Attempt(address: address, device: device, isLast: inARow == policy.mostInARow)
    case .wait(let time): throw .attemptLimit(retryAfter: time)
    case .locked: throw .passwordLocked
    }
  }

  /// Concludes an attempt whose password was not right, or could not be compared.
  /// - Returns: what the caller is told.
  func failed(_ attempt: Attempt, _ match: PasswordMatch) async -> IdentityError {
    switch match {
    case .notCompared:
      // The last one would otherwise lock the address without a mail. If that fails, the attempt stays counted.
      try? await attempts.takeBack(attempt.address, from: attempt.device, policy)
      return .unavailable
    case .halfCompared:
      await mailAfterLast(attempt)
      return .unavailable
    // The right password of an account that may not sign in is told as a wrong one.
    case .none, .composed, .asTyped:
      await mailAfterLast(attempt)
      return .invalidCredentials
    }
  }

  func succeeded(_ attempt: Attempt) async throws(IdentityError) {
    try await attempts.forget(attempt.address, from: attempt.device)
  }

  /// Mails a link to a new password after the last attempt. If that fails, the owner still can ask for one.
  private func mailAfterLast(_ attempt: Attempt) async {
    if attempt.isLast { try? await links.requestPasswordReset(of: attempt.address) }
  }
}
