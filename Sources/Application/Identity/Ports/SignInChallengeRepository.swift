import Domain

/// A sign-in that waits for its second factor. Its token is stored only as SHA-256.
public struct NewSignInChallenge: Sendable {
  public let tokenHash: [UInt8]
  /// What was proven so far: values of `amr`.
  public let methods: [String]

  public init(tokenHash: [UInt8], methods: [String]) {
    self.tokenHash = tokenHash
    self.methods = methods
  }
}

public struct OpenSignInChallenge: Sendable, Equatable {
  public let user: UserID
  public let methods: [String]

  public init(user: UserID, methods: [String]) {
    self.user = user
    self.methods = methods
  }
}

/// The sign-ins that wait for a second factor, five minutes each. What ends all devices of a user ends them, too.
public protocol SignInChallengeRepository: Sendable {
  func open(_ challenge: NewSignInChallenge, of user: UserID) async throws(IdentityError)
  /// Counts one more answer, before the answer is compared.
  /// - Returns: nil for a challenge that was completed or ended, has expired, or has had its five answers.
  func attempt(_ tokenHash: [UInt8]) async throws(IdentityError) -> OpenSignInChallenge?
  /// Uses the challenge up and signs the device in, in one transaction.
  /// - Returns: false if the challenge was completed or ended meanwhile.
  func complete(_ tokenHash: [UInt8], with device: NewDevice, of user: UserID) async throws(IdentityError) -> Bool
  func end(_ tokenHash: [UInt8]) async throws(IdentityError)
}

public enum SignInChallengeLimits {
  public static let life = Duration.seconds(5 * 60)
  public static let mostAnswers = 5
}
