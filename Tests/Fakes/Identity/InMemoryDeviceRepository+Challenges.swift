import Application
import Domain
import FoundationEssentials

struct StoredSignInChallenge {
  let user: UserID
  let methods: [String]
  let expiresAt: Date
  var answers = 0
}

/// A challenge is removed when it is over.
extension InMemoryDeviceRepository: SignInChallengeRepository {
  public func open(_ challenge: NewSignInChallenge, of user: UserID) async throws(IdentityError) {
    let expiry = clock.now() + Double(SignInChallengeLimits.life.components.seconds)
    challenges.withLock {
      $0[challenge.tokenHash] = StoredSignInChallenge(user: user, methods: challenge.methods, expiresAt: expiry)
    }
  }

  public func attempt(_ tokenHash: [UInt8]) async throws(IdentityError) -> OpenSignInChallenge? {
    let now = clock.now()
    return challenges.withLock { challenges in
      guard var challenge = challenges[tokenHash], now < challenge.expiresAt,
        challenge.answers < SignInChallengeLimits.mostAnswers
      else { return nil }
      challenge.answers += 1
      challenges[tokenHash] = challenge
      return OpenSignInChallenge(user: challenge.user, methods: challenge.methods)
    }
  }

  public func complete(
    _ tokenHash: [UInt8], with device: NewDevice, of user: UserID
  ) async throws(IdentityError) -> Bool {
    let now = clock.now()
    return try challenges.withLock { challenges throws(IdentityError) in
      guard let challenge = challenges[tokenHash], challenge.user == user, now < challenge.expiresAt else {
        return false
      }
      try insert(device, user: user)
      challenges[tokenHash] = nil
      return true
    }
  }

  public func end(_ tokenHash: [UInt8]) async throws(IdentityError) { challenges.withLock { $0[tokenHash] = nil } }
}
