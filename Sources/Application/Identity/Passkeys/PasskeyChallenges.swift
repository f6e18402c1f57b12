import Domain
import FoundationEssentials

/// Gives out challenges for authenticators, and accepts each once, within five minutes.
public struct PasskeyChallenges: Sendable {
  /// How long a challenge is valid.
  public static let life = Duration.seconds(300)
  /// Longer than any challenge that is given out here, in UTF-8.
  static let longest = 128

  private let minter: any PasskeyChallengeMinter
  private let used: any UsedCredentialStore
  private let hashes: any TokenHasher
  private let clock: any WallClock
  private let random: any RandomSource

  public init(
    minter: any PasskeyChallengeMinter, used: any UsedCredentialStore, hashes: any TokenHasher, clock: any WallClock,
    random: any RandomSource
  ) {
    self.minter = minter
    self.used = used
    self.hashes = hashes
    self.clock = clock
    self.random = random
  }

  func new(for purpose: PasskeyChallengePurpose) -> [UInt8] {
    let end = clock.now().addingTimeInterval(Double(Self.life.components.seconds))
    return minter.challenge(
      for: purpose, secret: random.bytes(16), expiry: Date(timeIntervalSince1970: Double(end.unixSeconds)))
  }

  /// Which of the purposes the challenge was given out for.
  /// - Parameter challenge: in base64url.
  /// - Returns: nil for a challenge that is not ours, or too old.
  func purpose(of challenge: String, among purposes: [PasskeyChallengePurpose]) -> PasskeyChallengePurpose? {
    guard challenge.utf8.count <= Self.longest, let bytes = Base64URL.decode(challenge) else { return nil }
    return purposes.first { purpose in
      guard let expiry = minter.expiry(of: bytes, for: purpose) else { return false }
      return clock.now() < expiry
    }
  }

  /// Uses the challenge up.
  /// - Throws: `refused` if it was used before.
  func use(_ challenge: String) async throws {
    // The row outlives the challenge, however late its expiry was.
    let expiry = clock.now().addingTimeInterval(Double(Self.life.components.seconds))
    guard try await used.use(hashes.sha256("passkey challenge \(challenge)"), expiry: expiry) else {
      throw PasskeyError.refused
    }
  }
}
