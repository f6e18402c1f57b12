import Application
import Domain
import FoundationEssentials

/// Hashes that can be told apart, and signatures that are the signed bytes in reverse.
public struct FakePasskeyCryptography: PasskeyCryptography {
  public init() {}

  public func sha256(_ bytes: [UInt8]) -> [UInt8] {
    // FNV-1a over 64 bits, four times with different beginnings.
    (0..<4).flatMap { number in
      let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325) &+ UInt64(number)) {
        ($0 ^ UInt64($1)) &* 0x100_0000_01B3
      }
      return (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
    }
  }

  /// A key of zeros stands for a point beside its curve.
  public func isUsable(_ key: PasskeyPublicKey) -> Bool {
    switch key {
    case .es256(let x, _): x.contains { $0 != 0 }
    case .ed25519(let bytes), .rs256(let bytes): bytes.contains { $0 != 0 }
    }
  }

  public func isSignature(_ signature: [UInt8], of message: [UInt8], by key: PasskeyPublicKey) -> Bool {
    isUsable(key) && signature == message.reversed()
  }

  public func sign(_ message: [UInt8]) -> [UInt8] { message.reversed() }
}

/// Challenges that name their purpose and their expiry in plain text.
public struct FakePasskeyChallenges: PasskeyChallengeMinter {
  public init() {}

  public func challenge(for purpose: PasskeyChallengePurpose, secret: [UInt8], expiry: Date) -> [UInt8] {
    Array("\(expiry.unixSeconds)|\(Self.name(purpose))|\(Base64URL.encode(secret))".utf8)
  }

  public func expiry(of challenge: [UInt8], for purpose: PasskeyChallengePurpose) -> Date? {
    let parts = String(decoding: challenge, as: UTF8.self).split(separator: "|")
    guard parts.count == 3, parts[1] == Self.name(purpose), let seconds = Double(parts[0]) else { return nil }
    return Date(timeIntervalSince1970: seconds)
  }

  private static func name(_ purpose: PasskeyChallengePurpose) -> String {
    switch purpose {
    case .signIn: "in"
    case .registration(let user, let isAutomatic): "\(isAutomatic ? "auto" : "new") \(user.description.prefix(8))"
    case .reauthentication(let user): "again \(user.description.prefix(8))"
    }
  }
}
