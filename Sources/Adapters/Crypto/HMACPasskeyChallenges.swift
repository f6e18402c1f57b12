import Application
import Crypto
import Domain
import FoundationEssentials

/// A challenge has 16 random bytes, its expiry in seconds since 1970 as eight bytes, and an HMAC over these and its
/// purpose.
public struct HMACPasskeyChallenges: PasskeyChallengeMinter {
  private static let headSize = 24
  private let key: SymmetricKey

  public init(keys: DerivedKeys) { key = keys.key("passkey-challenges/v1") }

  public func challenge(for purpose: PasskeyChallengePurpose, secret: [UInt8], expiry: Date) -> [UInt8] {
    let seconds = expiry.unixSeconds
    let head = secret + (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * $0)) }
    return head + Array(HMAC<SHA256>.authenticationCode(for: Self.message(head, purpose), using: key))
  }

  public func expiry(of challenge: [UInt8], for purpose: PasskeyChallengePurpose) -> Date? {
    guard challenge.count == Self.headSize + SHA256.Digest.byteCount else { return nil }
    let (head, code) = (Array(challenge.prefix(Self.headSize)), Array(challenge.dropFirst(Self.headSize)))
    guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.message(head, purpose), using: key) else {
      return nil
    }
    return Date(timeIntervalSince1970: Double(head.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
  }

  private static func message(_ head: [UInt8], _ purpose: PasskeyChallengePurpose) -> [UInt8] {
    let name =
      switch purpose {
      case .signIn: "sign-in"
      case .registration(let user, let isAutomatic): "registration\n\(user)\n\(isAutomatic)"
      case .reauthentication(let user): "reauthentication\n\(user)"
      }
    return head + Array(name.utf8)
  }
}
