import Application
import Crypto

public struct SHA256TokenHasher: TokenHasher {
  public init() {}
  public func sha256(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }
}

/// The keys derived from SECRET_KEY by HKDF-SHA256 (RFC 5869), one for each purpose.
public struct DerivedKeys: Sendable {
  private let root: SymmetricKey

  public init(secret: String) { root = SymmetricKey(data: Array(secret.utf8)) }

  func key(_ name: String) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: root, salt: [UInt8](), info: Array(name.utf8), outputByteCount: 32)
  }
}
