import CryptoAdapter
import Domain
import Foundation
import Testing

@Suite("Proofs of known devices")
struct HMACKnownDeviceProverTests {
  private let prover = HMACKnownDeviceProver(keys: DerivedKeys(secret: "a secret of more than thirty-two bytes"))
  private let device = DeviceID(UUID())
  private let user = UserID(UUID())

  @Test("a proof holds for its account and its epoch alone, and nothing else is a proof")
  func holds() {
    let proof = prover.proof(of: device, user: user, epoch: 3)
    #expect(prover.device(provenBy: proof, user: user, epoch: 3) == device)
    for epoch in [0, 2, 4] as [Int64] { #expect(prover.device(provenBy: proof, user: user, epoch: epoch) == nil) }
    #expect(prover.device(provenBy: proof, user: UserID(UUID()), epoch: 3) == nil)
    let other = prover.proof(of: DeviceID(UUID()), user: user, epoch: 3)
    let forged = "\(device).\(other.split(separator: ".").last ?? "")"
    for text in ["", ".", "\(device)", "\(device).", forged, proof + "A"] {
      #expect(prover.device(provenBy: text, user: user, epoch: 3) == nil)
    }
    let stranger = HMACKnownDeviceProver(keys: DerivedKeys(secret: "another secret of more than thirty-two bytes"))
    #expect(stranger.device(provenBy: proof, user: user, epoch: 3) == nil)
  }

  @Test("a proof from when there were no epochs holds in the first")
  func former() throws {
    let prover = HMACKnownDeviceProver(keys: DerivedKeys(secret: "secret"))
    let device = try #require(DeviceID("00000000-0000-4000-8000-000000000001"))
    let user = try #require(UserID("00000000-0000-4000-8000-000000000002"))
    let proof = "00000000-0000-4000-8000-000000000001.dadCaoaHnFQlEEOb35HpwKYyX4YXz353t1DISxn6fjY"
    #expect(prover.device(provenBy: proof, user: user, epoch: 0) == device)
    #expect(prover.device(provenBy: proof, user: user, epoch: 1) == nil)
    #expect(prover.proof(of: device, user: user, epoch: 0) == proof)
  }
}
