import Application
import Crypto
import Domain
import FoundationEssentials

/// A proof is the device's id and HMAC(key, device, user, epoch). The first epoch is left out, as it was when there
/// were none, so that a browser stays known through an update.
public struct HMACKnownDeviceProver: KnownDeviceProver {
  private let key: SymmetricKey

  public init(keys: DerivedKeys) { key = keys.key("known-devices/v1") }

  public func proof(of device: DeviceID, user: UserID, epoch: Int64) -> String {
    let code = Array(HMAC<SHA256>.authenticationCode(for: message(device, user, epoch), using: key))
    return "\(device).\(Base64URL.encode(code))"
  }

  public func device(provenBy proof: String, user: UserID, epoch: Int64) -> DeviceID? {
    let parts = proof.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let device = DeviceID(String(parts[0])), let code = Base64URL.decode(String(parts[1])),
      HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message(device, user, epoch), using: key)
    else { return nil }
    return device
  }

  private func message(_ device: DeviceID, _ user: UserID, _ epoch: Int64) -> [UInt8] {
    Array("\(device)\n\(user)\(epoch == 0 ? "" : "\n\(epoch)")".utf8)
  }
}
