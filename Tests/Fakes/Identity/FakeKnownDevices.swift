import Application
import Domain

/// Proofs that can be read.
public struct FakeKnownDevices: KnownDeviceProver {
  public init() {}

  public func proof(of device: DeviceID, user: UserID) -> String { "\(device).\(user)" }

  public func device(provenBy proof: String, user: UserID) -> DeviceID? {
    let parts = proof.split(separator: ".")
    guard parts.count == 2, parts[1] == user.description else { return nil }
    return DeviceID(String(parts[0]))
  }
}
