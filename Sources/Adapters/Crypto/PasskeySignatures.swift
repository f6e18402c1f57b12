import Application
import Crypto
import CryptoExtras
import Domain

/// Hashes and signatures of passkeys, by swift-crypto.
public struct PasskeySignatures: PasskeyCryptography {
  public init() {}

  public func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

  public func isUsable(_ key: PasskeyPublicKey) -> Bool { (try? Verifier(key)) != nil }

  public func isSignature(_ signature: [UInt8], of message: [UInt8], by key: PasskeyPublicKey) -> Bool {
    guard let verifier = try? Verifier(key) else { return false }
    return verifier.accepts(signature, of: message)
  }
}

private enum Verifier {
  case es256(P256.Signing.PublicKey)
  case ed25519(Curve25519.Signing.PublicKey)
  case rs256(_RSA.Signing.PublicKey)

  /// - Throws: if it is no key, such as a point beside the curve.
  init(_ key: PasskeyPublicKey) throws {
    switch key {
    case .es256(let x, let y): self = .es256(try P256.Signing.PublicKey(x963Representation: [4] + x + y))
    case .ed25519(let bytes): self = .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: bytes))
    case .rs256(let modulus): self = .rs256(try _RSA.Signing.PublicKey(n: modulus, e: [UInt8]([1, 0, 1])))
    }
  }

  func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    switch self {
    case .es256(let key):
      guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
      return key.isValidSignature(signature, for: message)
    case .ed25519(let key): return key.isValidSignature(signature, for: message)
    case .rs256(let key):
      return key.isValidSignature(
        _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: message),
        padding: .insecurePKCS1v1_5)
    }
  }
}
