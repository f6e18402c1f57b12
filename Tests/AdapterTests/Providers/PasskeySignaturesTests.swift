import Crypto
import CryptoAdapter
import CryptoExtras
import Domain
import Foundation
import Testing

@Suite("Signatures of passkeys")
struct PasskeySignaturesTests {
  private let signatures = PasskeySignatures()
  private let message = Array("what the authenticator said".utf8)

  /// Each kind of key, with a signature of the message.
  private func signed() throws -> [(PasskeyPublicKey, [UInt8])] {
    let p256 = P256.Signing.PrivateKey()
    let point = Array(p256.publicKey.x963Representation.dropFirst())
    let ed25519 = Curve25519.Signing.PrivateKey()
    let rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let modulus = Array(try rsa.publicKey.getKeyPrimitives().modulus)
    let digest = SHA256.hash(data: message)
    return [
      (
        .es256(x: Array(point.prefix(32)), y: Array(point.suffix(32))),
        Array(try p256.signature(for: message).derRepresentation)
      ),
      (.ed25519(Array(ed25519.publicKey.rawRepresentation)), Array(try ed25519.signature(for: message))),
      (
        .rs256(modulus: modulus),
        Array(try rsa.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation)
      ),
    ]
  }

  @Test("a signature is of its message, by its key and in its encoding")
  func verifies() throws {
    let all = try signed()
    for (number, (key, signature)) in all.enumerated() {
      #expect(signatures.isUsable(key))
      #expect(signatures.isSignature(signature, of: message, by: key))
      #expect(!signatures.isSignature(signature, of: message + [0], by: key))
      for damaged in [[], Array(signature.dropLast()), signature + [0], signature.reversed(), [0] + signature] {
        #expect(!signatures.isSignature(damaged, of: message, by: key))
      }
      for place in stride(from: 0, to: signature.count, by: 7) {
        var other = signature
        other[place] ^= 1
        #expect(!signatures.isSignature(other, of: message, by: key))
      }
      for (other, (stranger, _)) in all.enumerated() where other != number {
        #expect(!signatures.isSignature(signature, of: message, by: stranger))
      }
    }
  }

  @Test("ES256 signs in DER, and the two numbers alone are no signature")
  func raw() throws {
    let key = P256.Signing.PrivateKey()
    let point = Array(key.publicKey.x963Representation.dropFirst())
    let raw = Array(try key.signature(for: message).rawRepresentation)
    let passkey = PasskeyPublicKey.es256(x: Array(point.prefix(32)), y: Array(point.suffix(32)))
    #expect(!signatures.isSignature(raw, of: message, by: passkey))
  }

  @Test("RS256 pads by PKCS #1 v1.5 and not by PSS")
  func padding() throws {
    let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let modulus = Array(try key.publicKey.getKeyPrimitives().modulus)
    let signature = Array(try key.signature(for: SHA256.hash(data: message), padding: .PSS).rawRepresentation)
    #expect(!signatures.isSignature(signature, of: message, by: .rs256(modulus: modulus)))
  }

  @Test("a point beside its curve is no key, nor is one of another size")
  func keys() {
    let seven = [UInt8](repeating: 7, count: 32)
    for key: PasskeyPublicKey in [
      .es256(x: seven, y: seven), .es256(x: [], y: []), .es256(x: seven, y: []), .ed25519([]), .ed25519([1]),
      .rs256(modulus: []), .rs256(modulus: [3]), .rs256(modulus: Array(repeating: 1, count: 128)),
    ] {
      #expect(!signatures.isUsable(key))
      #expect(!signatures.isSignature(seven, of: message, by: key))
    }
  }

  @Test("a hash is SHA-256")
  func hash() {
    #expect(signatures.sha256([]).prefix(4) == [0xE3, 0xB0, 0xC4, 0x42] && signatures.sha256(message).count == 32)
  }
}
