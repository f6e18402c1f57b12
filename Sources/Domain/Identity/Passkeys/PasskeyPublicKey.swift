/// The public key of a passkey, of one of the three kinds that are offered to authenticators.
public enum PasskeyPublicKey: Sendable, Hashable {
  /// ES256: a point of the curve P-256, with signatures over SHA-256.
  case es256(x: [UInt8], y: [UInt8])
  /// EdDSA with Ed25519.
  case ed25519([UInt8])
  /// RS256: PKCS #1 v1.5 with SHA-256, and the exponent 65537.
  case rs256(modulus: [UInt8])

  /// COSE's numbers of the algorithms, those that are preferred first.
  public static let algorithms = [-8, -7, -257]

  /// COSE's number of the algorithm.
  public var algorithm: Int {
    switch self {
    case .es256: -7
    case .ed25519: -8
    case .rs256: -257
    }
  }
}

extension PasskeyPublicKey {
  /// The sizes of an RSA modulus in bytes: 2048 to 4096 bits.
  static let modulusSizes = 256...512

  /// Reads a COSE key (RFC 9053) that has the members of its kind and no other, as WebAuthn requires. Whether a point is
  /// on its curve is for the code that verifies signatures.
  /// - Throws: `unsupportedKey`, also for bytes that are no COSE key.
  public init(cose bytes: [UInt8]) throws(PasskeyProblem) {
    guard let value = try? CBORReader.value(of: bytes), let key = value.map, let made = Self.key(key) else {
      throw .unsupportedKey
    }
    self = made
  }

  private static func key(_ key: CBORMap) -> PasskeyPublicKey? {
    switch (key[1]?.integer, key[3]?.integer) {
    case (2, -7):
      guard key.count == 5, key[-1]?.integer == 1, let x = coordinate(key[-2]), let y = coordinate(key[-3]) else {
        return nil
      }
      return .es256(x: x, y: y)
    case (1, -8):
      guard key.count == 4, key[-1]?.integer == 6, let x = coordinate(key[-2]) else { return nil }
      return .ed25519(x)
    case (3, -257):
      guard key.count == 4, key[-2]?.bytes == [1, 0, 1], let modulus = key[-1]?.bytes,
        modulusSizes.contains(modulus.count), let first = modulus.first, let last = modulus.last,
        first >= (modulus.count == modulusSizes.lowerBound ? 0x80 : 1), last & 1 == 1
      else { return nil }
      return .rs256(modulus: modulus)
    default: return nil
    }
  }

  private static func coordinate(_ value: CBORValue?) -> [UInt8]? {
    guard let bytes = value?.bytes, bytes.count == 32 else { return nil }
    return bytes
  }
}
