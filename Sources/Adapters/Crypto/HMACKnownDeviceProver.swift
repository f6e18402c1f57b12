import Application
import Crypto
import Domain
import FoundationEssentials

/// A proof is the device's id and HMAC(key, device, user).
public struct HMACKnownDeviceProver: KnownDeviceProver {
  private let key: SymmetricKey

  public init(keys: DerivedKeys) { key = keys.key("known-devices/v1") }

  public func proof(of device: DeviceID, user: UserID) -> String {
    let code = Array(HMAC<SHA256>.authenticationCode(for: message(device, user), using: key))
    return "\(device).\(Base64URL.encode(code))"
  }

  public func device(provenBy proof: String, user: UserID) -> DeviceID? {
    let parts = proof.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let device = DeviceID(String(parts[0])), let code = Base64URL.decode(String(parts[1])),
      HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message(device, user), using: key)
    else { return nil }
    return device
  }

  private func message(_ device: DeviceID, _ user: UserID) -> [UInt8] { Array("\(device)\n\(user)".utf8) }
}
