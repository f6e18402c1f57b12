import Application
import Crypto
import Domain
import FoundationEssentials

/// The secrets and codes of mailed links: HMAC(key, purpose, id, user, expiry), with a key for each of the two. They
/// are derived, so no usable secret is stored.
public struct HMACMailedLinkSecrets: MailedLinkSecretGenerator {
  private let key, codeKey, limitKey: SymmetricKey

  public init(keys: DerivedKeys) {
    (key, codeKey) = (keys.key("mailed-links/v1"), keys.key("mailed-codes/v1"))
    limitKey = keys.key("mailed-code-limits/v1")
  }

  public func secret(purpose: String, id: String, user: UserID, expires: Date) -> String {
    Base64URL.encode(Self.derive(purpose, id, user, expires, key))
  }

  public func code(purpose: String, id: String, user: UserID, expires: Date) -> MailedCode {
    // Of 2^64 numbers, so that no code is noticeably likelier than another.
    MailedCode(Self.derive(purpose, id, user, expires, codeKey).prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }

  public func limitSubject(of holder: MailedCodeHolder) -> String {
    let name =
      switch holder {
      case .user(let user): "user\n\(user)"
      case .address(let address): "address\n\(address.canonical)"
      }
    return Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: limitKey).prefix(16)))
  }

  private static func derive(
    _ purpose: String, _ id: String, _ user: UserID, _ expires: Date, _ key: SymmetricKey
  ) -> [UInt8] {
    let message = "\(purpose)\n\(id)\n\(user)\n\(expires.unixSeconds)"
    return Array(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: key))
  }
}
