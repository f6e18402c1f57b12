import Crypto

/// The HMAC-SHA256 of a message that comes in pieces, of which nothing is kept.
public struct RunningSignature: Sendable {
  private var code: HMAC<SHA256>

  public init(secret: String) { code = HMAC(key: SymmetricKey(data: Array(secret.utf8))) }

  public mutating func read(_ bytes: UnsafeRawBufferPointer) { code.update(data: bytes) }

  /// Compared in constant time.
  public func isOne(of signatures: [HexSignature]) -> Bool {
    let found = code.finalize()
    return signatures.contains { $0.equals(found) }
  }
}
