import Crypto

/// The HMAC-SHA256 of a message that arrives in pieces. The message is not stored.
public struct RunningSignature: Sendable {
  private var code: HMAC<SHA256>

  public init(secret: String) { code = HMAC(key: SymmetricKey(data: Array(secret.utf8))) }

  public mutating func read(_ bytes: UnsafeRawBufferPointer) { code.update(data: bytes) }

  /// Compares in constant time.
  public func isOne(of signatures: [HexSignature]) -> Bool {
    let found = code.finalize()
    return signatures.contains { $0.equals(found) }
  }
}
