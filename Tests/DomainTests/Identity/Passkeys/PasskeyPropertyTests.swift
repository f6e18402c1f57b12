import Domain
import Fakes
import FoundationEssentials
import Testing

/// Whatever bytes arrive, they are read or refused: nothing ends the process.
@Suite("Passkeys from random and damaged bytes")
struct PasskeyPropertyTests {
  /// The generator of a failing run can be made again from its seed.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  private let soft = SoftAuthenticator(user: UserID(UUID()))

  private func readAll(_ bytes: [UInt8]) -> Bool {
    let item = try? CBORReader.value(of: bytes)
    let key = try? PasskeyPublicKey(cose: bytes)
    let data = try? AuthenticatorData(bytes)
    let client = try? CollectedClientData(bytes)
    return item != nil || key != nil || data != nil || client != nil
  }

  @Test("random bytes", arguments: 0..<8)
  func random(seed: UInt64) {
    var generator = Generator(state: seed)
    for _ in 0..<3_000 {
      let count = Int.random(in: 0...96, using: &generator)
      _ = readAll((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
  }

  /// The bytes with a few of them changed, taken out, or put in.
  private func damaged(_ bytes: [UInt8], _ generator: inout Generator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      let byte = UInt8.random(in: 0...255, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0 where place < bytes.count: bytes[place] = byte
      case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2 where place < bytes.count: bytes.remove(at: place)
      case 3: bytes.insert(byte, at: place)
      default: bytes = Array(bytes.prefix(place))
      }
    }
    return bytes
  }

  @Test("damaged answers", arguments: 0..<8)
  func mutations(seed: UInt64) throws {
    var generator = Generator(state: seed)
    let fake = FakePasskeyCryptography()
    let rules = PasskeyRules(soft.relyingParty, hash: fake.sha256(Array(soft.relyingParty.id.utf8)))
    let (client, data) = (soft.clientData("webauthn.create", "c"), soft.authenticatorData(attested: true))
    let attestation = soft.attestation(data)
    var refused = 0
    for _ in 0..<1_500 {
      let (badClient, badData) = (damaged(client, &generator), damaged(data, &generator))
      let badAttestation = damaged(attestation, &generator)
      for bytes in [badClient, badData, badAttestation, damaged(soft.publicKey, &generator)] { _ = readAll(bytes) }
      do {
        let made = try rules.newPasskey(
          try CollectedClientData(client), attestation: badAttestation, id: soft.credentialID, isAutomatic: true)
        // What is accepted is whole: it has the id, and a key that can be read again.
        #expect(made.id == soft.credentialID)
        #expect(try PasskeyPublicKey(cose: made.cose) == made.publicKey)
      } catch { refused += 1 }
    }
    #expect(refused > 0)
  }

  @Test("every answer that is cut off is refused")
  func truncated() {
    let attestation = soft.attestation(soft.authenticatorData(attested: true))
    for length in attestation.indices {
      #expect((try? CBORReader.value(of: Array(attestation.prefix(length)))) == nil)
    }
    let data = soft.authenticatorData(attested: true)
    for length in data.indices { #expect((try? AuthenticatorData(Array(data.prefix(length)))) == nil) }
  }

  @Test("an item that is read has one spelling: no change of a byte gives the same item")
  func oneSpelling() throws {
    let bytes = soft.publicKey
    let value = try CBORReader.value(of: bytes)
    for place in bytes.indices {
      for bit in 0..<8 {
        var other = bytes
        other[place] ^= 1 << UInt8(bit)
        #expect((try? CBORReader.value(of: other)) != value)
      }
    }
  }
}
