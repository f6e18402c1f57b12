import Application
import Crypto
import Domain
import FoundationEssentials

/// The secrets of mailed links: HMAC(key, purpose, id, user, expiry). They are derived, so no usable secret is stored.
public struct HMACMailedLinkSecrets: MailedLinkSecretGenerator {
  private let key: SymmetricKey

  public init(keys: DerivedKeys) { key = keys.key("mailed-links/v1") }

  public func secret(purpose: String, id: String, user: UserID, expires: Date) -> String {
    let message = "\(purpose)\n\(id)\n\(user)\n\(expires.unixSeconds)"
    return Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: key)))
  }
}
