import Application
import Domain

/// Proofs that can be read.
public struct FakeKnownDevices: KnownDeviceProver {
  public init() {}

  public func proof(of device: DeviceID, user: UserID, epoch: Int64) -> String { "\(device).\(user).\(epoch)" }

  public func device(provenBy proof: String, user: UserID, epoch: Int64) -> DeviceID? {
    let parts = proof.split(separator: ".")
    guard parts.count == 3, parts[1] == user.description, parts[2] == "\(epoch)" else { return nil }
    return DeviceID(String(parts[0]))
  }
}
