import Application
import Domain
import FoundationEssentials

struct StoredTOTPFactor {
  var sealedSecret: [UInt8]
  var confirmedAt: Date?
  /// Nil until it is confirmed.
  var lastStep: Int64?
  var wrongCodes = 0
  /// The codes that can still be used.
  var recoveryHashes: Set<[UInt8]> = []
}

extension InMemoryAccountRepository: TOTPFactorRepository {
  public func begin(_ sealedSecret: [UInt8], of user: UserID) async throws(IdentityError) -> Bool {
    state.withLock { state in
      guard state.rows[user]?.hasAddressProblem == false, state.factors[user]?.lastStep == nil else { return false }
      state.factors[user] = StoredTOTPFactor(sealedSecret: sealedSecret)
      return true
    }
  }

  public func pending(_ user: UserID) async throws(IdentityError) -> PendingTOTPFactor? {
    let now = clock.now().unixSeconds
    return state.withLock { state in
      guard let factor = state.factors[user], factor.lastStep == nil else { return nil }
      return PendingTOTPFactor(sealedSecret: factor.sealedSecret, now: now)
    }
  }

  public func confirm(
    _ sealedSecret: [UInt8], step: Int64, recoveryHashes: [[UInt8]], of user: UserID, keeping device: DeviceID
  ) async throws(IdentityError) -> Bool {
    let now = clock.now()
    let isConfirmed = state.withLock { state in
      guard var factor = state.factors[user], factor.lastStep == nil, factor.sealedSecret == sealedSecret else {
        return false
      }
      (factor.lastStep, factor.confirmedAt) = (step, now)
      factor.recoveryHashes = Set(recoveryHashes)
      state.factors[user] = factor
      state.secondFactorChanged(of: user, isAdded: true)
      return true
    }
    if isConfirmed { devices.endAllNow(of: user, except: device, cause: .secondFactorAdded) }
    return isConfirmed
  }

  public func remove(_ user: UserID) async throws(IdentityError) {
    state.withLock { state in
      guard let factor = state.factors.removeValue(forKey: user), factor.lastStep != nil else { return }
      state.secondFactorChanged(of: user, isAdded: false)
    }
  }

  public func attempt(_ user: UserID) async throws(IdentityError) -> TOTPAttempt {
    let now = clock.now().unixSeconds
    return state.withLock { state in
      guard let factor = state.factors[user], factor.lastStep != nil else { return .noFactor }
      guard factor.wrongCodes < TOTPLimits.mostWrongCodes else { return .locked }
      state.factors[user]?.wrongCodes += 1
      return .allowed(sealedSecret: factor.sealedSecret, now: now)
    }
  }

  public func use(step: Int64, of user: UserID) async throws(IdentityError) -> Bool {
    state.withLock { state in
      guard let last = state.factors[user]?.lastStep, last < step else { return false }
      state.factors[user]?.lastStep = step
      state.factors[user]?.wrongCodes = 0
      return true
    }
  }

  public func use(recoveryHash: [UInt8], of user: UserID) async throws(IdentityError) -> Bool {
    state.withLock { $0.factors[user]?.recoveryHashes.remove(recoveryHash) != nil }
  }
}

extension InMemoryAccountRepository.State {
  fileprivate mutating func secondFactorChanged(of user: UserID, isAdded: Bool) {
    guard var row = rows[user] else { return }
    row.account = row.account.with(hasSecondFactor: isAdded)
    rows[user] = row
    if row.account.emailVerified {
      told.append(SecondFactorChanged(userID: user, changeID: UUID().uuidString, isAdded: isAdded))
    }
  }
}
