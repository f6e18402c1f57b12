import Domain
import Fakes
import Testing

@Suite("The public keys of passkeys")
struct PasskeyPublicKeyTests {
  private static let coordinate = [UInt8](repeating: 7, count: 32)

  private static func modulus(_ size: Int, first: UInt8 = 0x80, last: UInt8 = 1) -> [UInt8] {
    [first] + Array(repeating: 0, count: size - 2) + [last]
  }

  private static func replaced(_ bytes: [UInt8], _ place: Int, _ byte: UInt8) -> [UInt8] {
    var changed = bytes
    changed[place] = byte
    return changed
  }

  @Test("the three kinds that are offered are read")
  func kinds() throws {
    let es256 = try PasskeyPublicKey(cose: SoftAuthenticator.es256(7))
    #expect(es256 == .es256(x: Self.coordinate, y: Self.coordinate) && es256.algorithm == -7)
    let ed25519 = try PasskeyPublicKey(cose: SoftAuthenticator.ed25519(Self.coordinate))
    #expect(ed25519 == .ed25519(Self.coordinate) && ed25519.algorithm == -8)
    for size in [256, 384, 512] {
      let rs256 = try PasskeyPublicKey(cose: SoftAuthenticator.rs256(Self.modulus(size)))
      #expect(rs256 == .rs256(modulus: Self.modulus(size)) && rs256.algorithm == -257)
    }
    #expect(PasskeyPublicKey.algorithms == [-8, -7, -257])
  }

  private static let es256 = SoftAuthenticator.es256(7)
  private static let ed25519 = SoftAuthenticator.ed25519(coordinate)

  private static let foreign: [[UInt8]] = [
    [], [0xA0], [4], [4] + coordinate + coordinate, Array(es256.dropLast()), es256 + [0],
  ]

  /// Another kind, algorithm or curve than the members say, and a member more.
  private static let contradictory: [[UInt8]] = [
    replaced(es256, 2, 1), replaced(es256, 4, 0x27), replaced(es256, 6, 2), replaced(ed25519, 6, 7),
    replaced(ed25519, 6, 4), replaced(es256, 0, 0xA6) + [0x23, 0x41, 1],
  ]

  /// P-384 has longer coordinates, and a compressed point has a sign for its second one.
  private static let otherPoints: [[UInt8]] = [
    SoftAuthenticator.es256(x: Array(repeating: 7, count: 48), y: Array(repeating: 7, count: 48)),
    SoftAuthenticator.es256(x: coordinate, y: []), Array(es256.dropLast(34)) + [0xF5],
    SoftAuthenticator.ed25519(Array(repeating: 7, count: 31)),
    SoftAuthenticator.ed25519(Array(repeating: 7, count: 57)),
  ]

  /// Too small, too large, even, and with the exponent 3.
  private static let otherModuli: [[UInt8]] = [
    SoftAuthenticator.rs256(modulus(128)), SoftAuthenticator.rs256(modulus(255)),
    SoftAuthenticator.rs256(modulus(256, first: 0x7F)), SoftAuthenticator.rs256(modulus(513)),
    SoftAuthenticator.rs256(modulus(512, first: 0)), SoftAuthenticator.rs256(modulus(256, last: 2)),
    Array(SoftAuthenticator.rs256(modulus(256)).dropLast(4)) + [0x41, 3],
  ]

  @Test("every other key is refused", arguments: foreign + contradictory + otherPoints + otherModuli)
  func refused(bytes: [UInt8]) {
    #expect(throws: PasskeyProblem.unsupportedKey) { try PasskeyPublicKey(cose: bytes) }
  }
}
