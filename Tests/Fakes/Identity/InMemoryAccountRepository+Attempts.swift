import Application
import Domain
import FoundationEssentials

extension InMemoryAccountRepository: PasswordAttemptRepository {
  public func begin(
    _ address: EmailAddress, from device: DeviceID?, _ policy: PasswordAttemptPolicy
  ) async throws(IdentityError) -> PasswordAttemptDecision {
    let now = clock.now()
    let interval = policy.interval / .seconds(1)
    return state.withLock { state in
      let key = PasswordAttemptCount.Key(address: address, device: device)
      var count = state.attempts[key] ?? PasswordAttemptCount(allBackAt: now, inARow: 0)
      if count.inARow >= policy.mostInARow { return .locked }
      let wait = count.allBackAt.timeIntervalSince(now) - interval * Double(policy.count - 1)
      let milliseconds = Int64((wait * 1_000).rounded())
      if milliseconds > 0 { return .wait(.milliseconds(milliseconds)) }
      count.allBackAt = max(count.allBackAt, now).addingTimeInterval(interval)
      count.inARow += 1
      state.attempts[key] = count
      return .allowed(inARow: count.inARow)
    }
  }

  public func takeBack(
    _ address: EmailAddress, from device: DeviceID?, _ policy: PasswordAttemptPolicy
  ) async throws(IdentityError) {
    state.withLock { state in
      let key = PasswordAttemptCount.Key(address: address, device: device)
      guard var count = state.attempts[key] else { return }
      count.allBackAt = count.allBackAt.addingTimeInterval(-(policy.interval / .seconds(1)))
      count.inARow = max(0, count.inARow - 1)
      state.attempts[key] = count
    }
  }

  public func forget(_ address: EmailAddress, from device: DeviceID?) async throws(IdentityError) {
    state.withLock { $0.attempts[PasswordAttemptCount.Key(address: address, device: device)] = nil }
  }
}

extension InMemoryAccountRepository.State {
  /// Forgets the attempts from every device.
  mutating func forgetAttempts(for address: EmailAddress) {
    attempts = attempts.filter { $0.key.address != address }
  }
}
