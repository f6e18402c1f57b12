import Application
import Domain

/// Proofs that can be read.
public struct FakeKnownDevices: KnownDeviceProver {
  public init() {}

  public func proof(of device: DeviceID, user: UserID, epoch: Int64) -> String { "\(device).\(user).\(epoch)" }

  public func read(_ proof: String, user: UserID) -> KnownDeviceProof? {
    let parts = proof.split(separator: ".").map(String.init)
    guard parts.count == 3, parts[1] == user.description, let device = DeviceID(parts[0]), let epoch = Int64(parts[2])
    else { return nil }
    return KnownDeviceProof(device: device, epoch: epoch)
  }
}
