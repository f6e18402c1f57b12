import CryptoAdapter
import Domain
import Foundation
import Testing

@Suite("The cryptography of second factors")
struct SecondFactorCryptoTests {
  /// RFC 6238, appendix B, of whose eight digits the last six are ours; RFC 4226, appendix D.
  @Test(
    "the codes are those of the RFCs",
    arguments: [
      (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
      (2_000_000_000, "279037"), (20_000_000_000, "353130"), (0, "755224"), (30, "287082"), (60, "359152"),
      (90, "969429"), (120, "338314"), (150, "254676"), (180, "287922"), (210, "162583"), (240, "399871"),
      (270, "520489"),
    ])
  func vectors(seconds: Int64, code: String) {
    let secret = Array("12345678901234567890".utf8)
    #expect(TOTP.hmacSHA1.code(secret, step: TOTP.step(at: seconds)) == code)
    #expect(TOTP.hmacSHA1.step(of: code, secret, at: seconds) == TOTP.step(at: seconds))
  }

  @Test("a sealed secret is opened for its user, under its key, and unchanged only")
  func sealed() throws {
    let sealer = AESGCMTOTPSecretSealer(keys: DerivedKeys(secret: "a root secret of more than thirty-two bytes"))
    let other = AESGCMTOTPSecretSealer(keys: DerivedKeys(secret: "another secret of more than thirty-two bytes"))
    let (user, secret) = (UserID(UUID()), Array(UInt8(0)..<20))
    let sealed = try sealer.seal(secret, of: user)
    #expect(sealer.unseal(sealed, of: user) == secret)
    #expect(sealer.unseal(sealed, of: UserID(UUID())) == nil && other.unseal(sealed, of: user) == nil)
    #expect(try sealer.seal(secret, of: user) != sealed)
    for place in sealed.indices {
      var changed = sealed
      changed[place] ^= 1
      #expect(sealer.unseal(changed, of: user) == nil)
    }
    for length in 0..<sealed.count { #expect(sealer.unseal(Array(sealed.prefix(length)), of: user) == nil) }
  }
}
