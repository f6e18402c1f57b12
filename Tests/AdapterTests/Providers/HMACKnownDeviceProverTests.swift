import Application
import CryptoAdapter
import Domain
import Foundation
import Testing

@Suite("Proofs of known devices")
struct HMACKnownDeviceProverTests {
  private let prover = HMACKnownDeviceProver(keys: DerivedKeys(secret: "a secret of more than thirty-two bytes"))
  private let device = DeviceID(UUID())
  private let user = UserID(UUID())

  @Test("a proof tells its device and its epoch to its account alone, and nothing else is a proof")
  func holds() throws {
    let proof = prover.proof(of: device, user: user, epoch: 3)
    #expect(prover.read(proof, user: user) == KnownDeviceProof(device: device, epoch: 3))
    #expect(prover.read(proof, user: UserID(UUID())) == nil)
    let code = try #require(proof.split(separator: ".").last)
    let other = prover.proof(of: DeviceID(UUID()), user: user, epoch: 3)
    let forged = "\(device).3.\(other.split(separator: ".").last ?? "")"
    let texts = [
      "", ".", "\(device)", "\(device).", "\(device).3", "\(device).3.", forged, proof + "A", "\(device).\(code)",
      "\(device).4.\(code)", "\(device).03.\(code)", "\(device).-3.\(code)", "\(device).3.3.\(code)",
      "\(device)..\(code)", "\(device).99999999999999999999.\(code)",
    ]
    for text in texts { #expect(prover.read(text, user: user) == nil, "\(text)") }
    let first = prover.proof(of: device, user: user, epoch: 0)
    #expect(prover.read(first.replacing(".", with: ".0."), user: user) == nil)
    let stranger = HMACKnownDeviceProver(keys: DerivedKeys(secret: "another secret of more than thirty-two bytes"))
    #expect(stranger.read(proof, user: user) == nil)
  }

  @Test("a proof from when there were no epochs holds in the first")
  func former() throws {
    let prover = HMACKnownDeviceProver(keys: DerivedKeys(secret: "secret"))
    let device = try #require(DeviceID("00000000-0000-4000-8000-000000000001"))
    let user = try #require(UserID("00000000-0000-4000-8000-000000000002"))
    let proof = "00000000-0000-4000-8000-000000000001.dadCaoaHnFQlEEOb35HpwKYyX4YXz353t1DISxn6fjY"
    #expect(prover.read(proof, user: user) == KnownDeviceProof(device: device, epoch: 0))
    #expect(prover.proof(of: device, user: user, epoch: 0) == proof)
  }
}
